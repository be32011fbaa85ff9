namespace IslGateway.Outcomes;

/// <summary>
/// Why an exchange went the way it did. One closed list: <see cref="ReasonWords"/> gives each its word, and that word is the
/// <c>detail</c> of <c>Cache-Status</c>, the <c>cache</c> label of <c>isl_gateway_requests_total</c> and the log's reason.
/// </summary>
internal enum Reason
{
    /// <summary>Nothing to explain: the plain course of a hit or a stored miss.</summary>
    None,

    /// <summary>Served from the memory tier.</summary>
    Memory,

    /// <summary>Served from Redis.</summary>
    Redis,

    /// <summary>Served past its freshness, since ISL could not be asked or failed.</summary>
    Stale,

    /// <summary>No row of the endpoint table has this path and method.</summary>
    UnknownEndpoint,

    /// <summary>The row's policy is <c>Cache=None</c>.</summary>
    EndpointNotCached,

    /// <summary><c>Cache:Mode</c> is <c>Off</c>.</summary>
    CacheOff,

    /// <summary><c>Cache:Mode</c> is <c>Observe</c>: ISL was asked, and its answer compared with what was stored.</summary>
    Observed,

    /// <summary>The request carries <c>Origin</c>: ISL's CORS headers are its own to give.</summary>
    CrossOrigin,

    /// <summary>The body's content type is not JSON.</summary>
    NotJsonRequest,

    /// <summary>
    /// The body cannot be read exactly (duplicate keys, NaN, out of range, not UTF-8, too deep, too many members, not JSON).
    /// </summary>
    InexactBody,

    /// <summary>No replica's configuration is known, or the evidence for it is older than <c>Isl:EpochMaxAge</c>.</summary>
    UnknownEpoch,

    /// <summary>The row's answers differ from one computation to the next: it is not cached until ISL's configuration changes.</summary>
    Quarantined,

    /// <summary>The credential is not proven and ISL gave no word on it.</summary>
    UnprovenCredential,

    /// <summary>ISL refused the credential.</summary>
    RefusedCredential,

    /// <summary>
    /// Session answers cannot be kept safely: no user in the body, an unanswered update, or no belief versions that all gateways are known
    /// to share.
    /// </summary>
    SessionUnsafe,

    /// <summary>The caller said <c>Cache-Control: no-store</c>.</summary>
    NoStoreRequested,

    /// <summary>The caller said <c>Cache-Control: only-if-cached</c> and nothing was.</summary>
    OnlyIfCached,

    /// <summary>ISL's status was not 200.</summary>
    StatusNotOk,

    /// <summary>ISL's answer was no HTTP, or not whole, valid JSON although its status was 200.</summary>
    InvalidAnswer,

    /// <summary>ISL's answer is of another content type than JSON.</summary>
    NotJsonAnswer,

    /// <summary>The row requires a fingerprint in the answer and there was none.</summary>
    NoFingerprint,

    /// <summary>The answer names a fingerprint or build that the replica's health poll does not report.</summary>
    ForeignEpoch,

    /// <summary>
    /// The replica's polls went back to a configuration that they had left: nothing is stored for <c>Isl:EpochMaxAge</c>.
    /// </summary>
    AlternatingEpoch,

    /// <summary>
    /// The answer forbids storing it (<c>Cache-Control</c>, <c>Set-Cookie</c>, <c>Vary</c>, <c>Content-Range</c>, <c>Content-Encoding</c>).
    /// </summary>
    AnswerForbids,

    /// <summary>A <c>NeverStoreWhen</c> condition matched: the answer, or a part of it, failed, is degraded or was skipped.</summary>
    NeverStore,

    /// <summary>The caller's request id stands in the answer outside the row's <c>EchoedId</c> places.</summary>
    EchoedElsewhere,

    /// <summary>The answer is larger than <c>Cache:MaxEntrySize</c>.</summary>
    Oversize,

    /// <summary>
    /// Memory is full of answers that are worth far more (or the answer is larger than all of it), and there is no Redis that is known to
    /// take it.
    /// </summary>
    NoRoom,

    /// <summary>An update changed the user's beliefs while the answer was computed.</summary>
    BeliefsChanged,

    /// <summary>The decoded body is over <c>Limits:MaxRequestBodySize</c>.</summary>
    BodyTooLarge,

    /// <summary>The <c>Content-Encoding</c> is unknown, or more than one.</summary>
    UnsupportedEncoding,

    /// <summary>The body does not decode: cut, corrupt, or followed by junk.</summary>
    DamagedBody,

    /// <summary>The request is malformed on the wire.</summary>
    MalformedRequest,

    /// <summary>The body does not fit the schema that ISL publishes (rows with <c>Validation=Schema</c>).</summary>
    SchemaInvalid,

    /// <summary>
    /// The request carries <c>X-Isl-Confidence</c> or <c>X-Isl-Precision</c>, and its endpoint takes neither: its row has no
    /// <c>Samples</c> switched on, or ISL does not declare the field.
    /// </summary>
    SamplesNotSupported,

    /// <summary>The same, and ISL has not said yet whether it has the field for samples.</summary>
    SamplesUnknown,

    /// <summary>
    /// <c>X-Isl-Confidence</c> or <c>X-Isl-Precision</c> says something else than it may, or no number of samples can be set in the body.
    /// </summary>
    WrongPrecision,

    /// <summary>The body came slower than <c>Limits:MinTransferRate</c>.</summary>
    SlowBody,

    /// <summary>Too many fills wait, or too many bytes are buffered.</summary>
    Overloaded,

    /// <summary>The caller's deadline passed before ISL answered.</summary>
    DeadlinePassed,

    /// <summary>ISL could not be reached, or dropped the connection.</summary>
    UpstreamUnreachable,

    /// <summary>ISL's answer broke off.</summary>
    UpstreamTruncated,

    /// <summary>
    /// ISL did not answer within the row's <c>UpstreamTimeout</c>; what is passed through, within the longest of all rows.
    /// </summary>
    UpstreamTimeout,

    /// <summary>ISL failed so often of late that calls of this family are not sent for a moment.</summary>
    CircuitOpen,

    /// <summary>This very request failed so often of late that it is not sent for a while.</summary>
    CoolingDown,

    /// <summary>ISL's address leads back to this gateway, directly or through others: its <c>Via</c> is on the request already.</summary>
    LoopDetected,

    /// <summary>The caller left before it was answered.</summary>
    CallerLeft,

    /// <summary>The path is reserved for the gateway and nothing is there.</summary>
    UnknownGatewayPath,

    /// <summary>A batch or sweep: each of its items says for itself what the cache did.</summary>
    Batch,

    /// <summary>The batch or sweep, or the item, is none that can be read.</summary>
    WrongBatch,

    /// <summary>Management: the call carries none of <c>Management:ApiKeys</c>.</summary>
    ManagementKeyRequired,

    /// <summary>Management: no keys are set, and the call is not this machine's own.</summary>
    ManagementLoopbackOnly,

    /// <summary>Management: the method or the query is not one that the path knows.</summary>
    WrongManagementCall,

    /// <summary>Management: the cache is being warmed, and one warming runs at a time.</summary>
    WarmingUnderWay,

    /// <summary>Management: answers are being compared, and one comparison runs at a time.</summary>
    ComparisonUnderWay,

    /// <summary>The gateway failed in a way that it does not know.</summary>
    Internal,
}
