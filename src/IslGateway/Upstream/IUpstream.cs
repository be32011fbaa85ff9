namespace IslGateway.Upstream;

/// <summary>Calls ISL independently of any caller's request. Caching uses it; forwarding implements it.</summary>
internal interface IUpstream
{
    /// <summary>
    /// Sends a call and returns when the answer is complete, or when it has outgrown <see cref="UpstreamCall.MaxAnswerSize"/> and streams
    /// on as <see cref="UpstreamAnswer.Rest"/>. Failure is a value (<see cref="UpstreamAnswer.Failure"/>), never an exception.
    /// </summary>
    /// <param name="call">What to send.</param>
    /// <param name="cancellationToken">Ends the call, and the streaming rest of its answer.</param>
    Task<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken);

    /// <summary>
    /// Why a call would be refused without asking ISL: every replica's circuit is open, or the question is cooling down. Null: it would be
    /// sent. Asked before a call queues, so that no such call waits in the queue.
    /// </summary>
    UpstreamRefusal? Refusal(UpstreamCall call);

    /// <summary>
    /// How many replicas get calls now: those without an open circuit, but at least one. Cheap, since it is asked for each call.
    /// </summary>
    int Replicas { get; }
}
