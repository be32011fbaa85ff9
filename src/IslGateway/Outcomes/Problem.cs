namespace IslGateway.Outcomes;

/// <summary>
/// An error that the gateway makes itself: RFC 9457's members and ISL's own error shape in one. Rooms along the journey say which
/// problem it is; the edge alone writes it.
/// </summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">ISL's code where it has one for this case, else <c>ISL_GATEWAY_…</c>.</param>
/// <param name="Cause">Why, in the gateway's closed list; its word makes <c>reason</c> (<c>gateway_…</c>) and <c>type</c>.</param>
/// <param name="Title">One phrase, the same for every occurrence.</param>
/// <param name="Detail">What was wrong with this request, naming limits and values but never content.</param>
/// <param name="Recovery">What the caller can do.</param>
/// <param name="Retryable">Whether the same request may succeed later.</param>
/// <param name="RetryAfterSeconds">The <c>Retry-After</c> to send, in seconds.</param>
/// <param name="ClosesConnection">Whether the connection is no longer in a state to carry another request.</param>
/// <param name="Header">One more header that the status asks for.</param>
internal sealed record Problem(
    int Status,
    string Code,
    Reason Cause,
    string Title,
    string Detail,
    string Recovery,
    bool Retryable = false,
    int? RetryAfterSeconds = null,
    bool ClosesConnection = false,
    KeyValuePair<string, string>? Header = null)
{
    /// <summary>The places in the request's body that are wrong; empty where the problem is another.</summary>
    public IReadOnlyList<ValidationFailure> Failures { get; init; } = [];
}
