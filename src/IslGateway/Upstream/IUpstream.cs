namespace IslGateway.Upstream;

/// <summary>One call to ISL, detached from whichever request caused it. Caching owns this edge; forwarding stands behind it.</summary>
internal interface IUpstream
{
    /// <summary>
    /// Sends a call and returns when the answer is complete, or when it has outgrown <see cref="UpstreamCall.MaxAnswerSize"/> and
    /// streams on as <see cref="UpstreamAnswer.Rest"/>. Failure is a value (<see cref="UpstreamAnswer.Failure"/>), never an exception.
    /// </summary>
    /// <param name="call">What to send.</param>
    /// <param name="cancellationToken">Ends the call, and the streaming rest of its answer.</param>
    Task<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken);

    /// <summary>
    /// Why a call would come back at once without ISL having been asked: every replica's circuit is open, or the question is cooling down.
    /// Null: it would be sent. Asked before a call waits for its turn, so that nobody queues for that.
    /// </summary>
    UpstreamRefusal? Refusal(UpstreamCall call);

    /// <summary>
    /// How many replicas calls are sent to now: those of which no circuit is open, and at least one. Asked for each call: cheap.
    /// </summary>
    int Replicas { get; }
}
