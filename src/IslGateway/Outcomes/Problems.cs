using Microsoft.Net.Http.Headers;

namespace IslGateway.Outcomes;

/// <summary>Every error that the gateway makes, one member each.</summary>
internal static class Problems
{
    private const string RetryLater = "Retry after the time that Retry-After names.";

    public static Problem BodyTooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, "ISL_REQUEST_TOO_LARGE", Reason.BodyTooLarge, "The request body is too large",
        $"The body, decoded, is larger than {limit} bytes (Limits:MaxRequestBodySize).", "Send a smaller body.", ClosesConnection: true);

    public static Problem UnsupportedEncoding(string encoding) => new(
        StatusCodes.Status415UnsupportedMediaType, "ISL_GATEWAY_UNSUPPORTED_ENCODING", Reason.UnsupportedEncoding,
        "The content encoding is not supported",
        $"Content-Encoding '{Quote(encoding)}' is not one of gzip, x-gzip, deflate, br or identity, one layer at most.",
        "Send the body plain, or gzip it once.");

    public static Problem DamagedBody(string encoding) => new(
        StatusCodes.Status400BadRequest, "ISL_INVALID_INPUT", Reason.DamagedBody, "The request body does not decode",
        $"The body is labelled Content-Encoding '{Quote(encoding)}' "
        + "but is not one whole, intact stream of it (cut short, corrupt, or followed by other bytes).",
        "Compress the body again and send it whole.");

    /// <param name="failures">The places that are named, at least one.</param>
    /// <param name="more">How many there are beside.</param>
    public static Problem SchemaInvalid(IReadOnlyList<ValidationFailure> failures, int more) => new(
        StatusCodes.Status422UnprocessableEntity, "ISL_VALIDATION_ERROR", Reason.SchemaInvalid,
        "The request body does not fit ISL's schema",
        "ISL would refuse the body; validation_failures names "
        + (more == 0 ? "every place that is wrong." : $"the first {failures.Count} of {failures.Count + more} places that are wrong."),
        "Correct the body.")
    {
        Failures = failures,
    };

    /// <param name="why">Why the endpoint does not take the headers.</param>
    public static Problem SamplesNotSupported(string why) => new(
        StatusCodes.Status400BadRequest, "ISL_INVALID_INPUT", Reason.SamplesNotSupported, "The endpoint has no samples to choose",
        $"X-Isl-Confidence and X-Isl-Precision are not taken here: {why}.", "Send the request without them.");

    /// <param name="why">What is not known.</param>
    public static Problem SamplesUnknown(string why) => new(
        StatusCodes.Status503ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", Reason.SamplesUnknown,
        "Whether the endpoint has samples to choose is not known", $"X-Isl-Confidence and X-Isl-Precision cannot be honoured now: {why}.",
        RetryLater, Retryable: true, RetryAfterSeconds: 1);

    public static Problem WrongPrecision(string what) => new(
        StatusCodes.Status400BadRequest, "ISL_INVALID_INPUT", Reason.WrongPrecision, "The wanted precision is not clear", what,
        "Correct the request.");

    public static Problem WrongPrecisionHeader(string name, string value, string allowed) =>
        WrongPrecision($"{name} is '{Quote(value)}'; it may be {allowed}, once.");

    public static Problem MalformedRequest(int status, string what) => new(
        status, "ISL_INVALID_INPUT", Reason.MalformedRequest, "The request is malformed", what, "Correct the request.",
        ClosesConnection: true);

    /// <summary>A body that the server refused while it was read.</summary>
    /// <param name="status">The status that the server would have answered with.</param>
    /// <param name="what">Why, unless the body was only too slow.</param>
    public static Problem UnreadableBody(int status, string what) =>
        status == StatusCodes.Status408RequestTimeout ? SlowBody() : MalformedRequest(status, what);

    public static Problem SlowBody() => new(
        StatusCodes.Status408RequestTimeout, "ISL_GATEWAY_SLOW_BODY", Reason.SlowBody, "The request body came too slowly",
        "The body came slower than the gateway waits for "
        + "(Limits:MinTransferRate bytes a second on average, once Limits:RateGracePeriod has passed).",
        "Send the request again, its body without long pauses.", Retryable: true, ClosesConnection: true);

    public static Problem BuffersFull() => new(
        StatusCodes.Status503ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", Reason.Overloaded, "The gateway is at its limit",
        "Too many bytes are buffered at once (Limits:MaxBufferedBytes).", RetryLater, Retryable: true, RetryAfterSeconds: 1);

    /// <param name="retryAfter">When the queue, at its pace, will have been served.</param>
    public static Problem QueueFull(TimeSpan retryAfter) => new(
        StatusCodes.Status503ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", Reason.Overloaded, "The gateway is at its limit",
        "Too many calls to ISL are waiting (Limits:MaxQueue, Limits:MaxQueueTime).", RetryLater, Retryable: true,
        RetryAfterSeconds: WholeSeconds(retryAfter));

    public static Problem DeadlinePassed(TimeSpan deadline) => new(
        StatusCodes.Status504GatewayTimeout, "ISL_TIMEOUT", Reason.DeadlinePassed, "ISL did not answer in time",
        $"No answer within {deadline.TotalSeconds:0.###} s.", RetryLater, Retryable: true, RetryAfterSeconds: 1);

    public static Problem UpstreamTimeout() => new(
        StatusCodes.Status504GatewayTimeout, "ISL_TIMEOUT", Reason.UpstreamTimeout, "ISL did not answer in time",
        "ISL did not answer within the row's UpstreamTimeout.", RetryLater, Retryable: true, RetryAfterSeconds: 1);

    public static Problem UpstreamSilent() => new(
        StatusCodes.Status504GatewayTimeout, "ISL_TIMEOUT", Reason.UpstreamTimeout, "ISL did not answer in time",
        "ISL sent nothing for as long as the longest UpstreamTimeout of all endpoints.", RetryLater, Retryable: true, RetryAfterSeconds: 1);

    public static Problem Unreachable() => new(
        StatusCodes.Status502BadGateway, "ISL_SERVICE_UNAVAILABLE", Reason.UpstreamUnreachable, "ISL cannot be reached",
        "The connection to ISL was refused, reset, or could not be made in time.", "Retry later.", Retryable: true);

    public static Problem NoReplica() => new(
        StatusCodes.Status503ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", Reason.UpstreamUnreachable, "ISL cannot be reached",
        "There is no ISL replica to ask.", RetryLater, Retryable: true, RetryAfterSeconds: 1);

    public static Problem CircuitOpen(TimeSpan retryAfter) => new(
        StatusCodes.Status503ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", Reason.CircuitOpen, "ISL fails too often",
        "So many different requests of this family failed lately that ISL is left alone for a moment (Circuit:BreakDuration).", RetryLater,
        Retryable: true, RetryAfterSeconds: WholeSeconds(retryAfter));

    public static Problem CoolingDown(TimeSpan retryAfter) => new(
        StatusCodes.Status503ServiceUnavailable, "ISL_SERVICE_UNAVAILABLE", Reason.CoolingDown, "ISL fails for this request",
        "This very request failed several times in a row, and is not sent to ISL for a while (Cooldown:FirstBreak, Cooldown:LongestBreak).",
        RetryLater, Retryable: true, RetryAfterSeconds: WholeSeconds(retryAfter));

    public static Problem LoopDetected() => new(
        StatusCodes.Status508LoopDetected, "ISL_GATEWAY_LOOP_DETECTED", Reason.LoopDetected, "The request went in a circle",
        "What is asked of ISL comes back to this gateway: Isl:BaseUrl leads to it, directly or through others.",
        "Set Isl:BaseUrl to ISL's own address.");

    public static Problem Truncated() => new(
        StatusCodes.Status502BadGateway, "ISL_SERVICE_UNAVAILABLE", Reason.UpstreamTruncated, "ISL's answer broke off",
        "ISL closed the connection before its answer was complete, or the answer does not say clearly where it ends.",
        "Retry later.", Retryable: true);

    public static Problem InvalidAnswer() => new(
        StatusCodes.Status502BadGateway, "ISL_COMPUTATION_ERROR", Reason.InvalidAnswer, "ISL's answer is not valid",
        "ISL answered 200, but its body is not whole, valid JSON.", "Retry later.", Retryable: true);

    public static Problem UnreadableAnswer() => new(
        StatusCodes.Status502BadGateway, "ISL_COMPUTATION_ERROR", Reason.InvalidAnswer, "ISL's answer is not valid",
        "What ISL answered is no HTTP, or its headers are too large.", "Retry later.", Retryable: true);

    public static Problem OnlyIfCached() => new(
        StatusCodes.Status504GatewayTimeout, "ISL_GATEWAY_NOT_CACHED", Reason.OnlyIfCached, "No stored answer",
        "The request says only-if-cached and no answer is stored for it.", "Send the request without only-if-cached.");

    public static Problem UnknownGatewayPath() => new(
        StatusCodes.Status404NotFound, "ISL_GATEWAY_NOT_FOUND", Reason.UnknownGatewayPath, "Nothing is served here",
        "Paths under /gateway/ belong to the gateway and are not forwarded; this one is none of them.", "Check the path.");

    public static Problem PostOnly() => new(
        StatusCodes.Status405MethodNotAllowed, "ISL_GATEWAY_METHOD_NOT_ALLOWED", Reason.WrongBatch,
        "The method is not served here", "The path is served for POST only.", "Use POST.",
        Header: new(HeaderNames.Allow, HttpMethods.Post));

    public static Problem WrongBatch(string what) => new(
        StatusCodes.Status400BadRequest, "ISL_INVALID_INPUT", Reason.WrongBatch, "The batch, or an item of it, cannot be read", what,
        "Correct the call.");

    public static Problem TooManyItems(int limit) => new(
        StatusCodes.Status413PayloadTooLarge, "ISL_REQUEST_TOO_LARGE", Reason.WrongBatch, "The call has too many items",
        $"There are more than {limit} items (Batch:MaxItems).", "Send several calls.");

    public static Problem WrongItem(string what) => new(
        StatusCodes.Status400BadRequest, "ISL_INVALID_INPUT", Reason.WrongBatch, "The batch, or an item of it, cannot be read", what,
        "Correct the item; the others are not concerned.");

    public static Problem UnknownItemPath() => new(
        StatusCodes.Status404NotFound, "ISL_GATEWAY_NOT_FOUND", Reason.UnknownEndpoint, "The item's path is not served here",
        "Path and method of the item are none of the endpoint table, in which batches and sweeps are not.", "Check path and method.");

    public static Problem AnswerTooLarge(long limit) => new(
        StatusCodes.Status502BadGateway, "ISL_GATEWAY_ANSWER_TOO_LARGE", Reason.Oversize, "ISL's answer is too large for a batch",
        $"The item's answer is larger than {limit} bytes (Cache:MaxEntrySize).", "Send the item as a request of its own.");

    public static Problem ManagementKeyRequired() => new(
        StatusCodes.Status401Unauthorized, "ISL_GATEWAY_UNAUTHORIZED", Reason.ManagementKeyRequired, "A management key is required",
        "Management:ApiKeys is set: a call that changes something carries one of those keys, once, as 'Authorization: Bearer KEY'.",
        "Send one of the keys of Management:ApiKeys.", Header: new(HeaderNames.WWWAuthenticate, "Bearer"));

    public static Problem LoopbackOnly(string why) => new(
        StatusCodes.Status403Forbidden, "ISL_GATEWAY_FORBIDDEN", Reason.ManagementLoopbackOnly, "The call is not this machine's own",
        "Management:ApiKeys is not set: a call that changes something is taken from this machine itself only, "
        + $"and this one is refused because {why}.",
        "Set Management:ApiKeys and send one of the keys, or call from the gateway's own machine: islgateway purge.");

    public static Problem UnknownManagementPath() => new(
        StatusCodes.Status404NotFound, "ISL_GATEWAY_NOT_FOUND", Reason.UnknownGatewayPath, "Nothing is served here",
        "The operations API has no such path, and ISL's are served by the data plane only.", "Check the path and the port.");

    public static Problem MethodNotAllowed(string allow) => new(
        StatusCodes.Status405MethodNotAllowed, "ISL_GATEWAY_METHOD_NOT_ALLOWED", Reason.WrongManagementCall,
        "The method is not served here", $"The path is served for {allow} only.", "Use a method that Allow names.",
        Header: new(HeaderNames.Allow, allow));

    /// <summary>The query of a management call is wrong.</summary>
    public static Problem WrongQuery(string what) => new(
        StatusCodes.Status400BadRequest, "ISL_INVALID_INPUT", Reason.WrongManagementCall,
        "The management call is not clear", what, "Correct the query.");

    /// <summary>The body of a management call is wrong, or not to be taken now.</summary>
    public static Problem WrongCall(string what) => new(
        StatusCodes.Status400BadRequest, "ISL_INVALID_INPUT", Reason.WrongManagementCall,
        "The management call is not clear", what, "Correct the call.");

    public static Problem UnknownPurgeParameter(string name) => WrongQuery(
        $"'{Quote(name)}' is no parameter: there are endpoint, user and all.");

    public static Problem UnknownPurgeEndpoint(string endpoint, string known) => WrongQuery(
        $"'{Quote(endpoint)}' is neither the name nor the path of an endpoint whose answers are cached. There are {known}.");

    public static Problem UnknownQuarantineParameter(string name) => WrongQuery(
        $"'{Quote(name)}' is no parameter: there is endpoint.");

    public static Problem UnknownQuarantineEndpoint(string endpoint, string known) => WrongQuery(
        $"'{Quote(endpoint)}' is neither the name nor the path of an endpoint that the sentinel checks. There are {known}.");

    public static Problem UnknownSlowParameter(string name) => WrongQuery(
        $"'{Quote(name)}' is no parameter: there are endpoint and limit.");

    public static Problem UnknownSlowEndpoint(string endpoint, string known) => WrongQuery(
        $"'{Quote(endpoint)}' is neither the name nor the path of an endpoint. There are {known}.");

    public static Problem ExplainTooLarge(long limit) => new(
        StatusCodes.Status413PayloadTooLarge, "ISL_REQUEST_TOO_LARGE", Reason.BodyTooLarge, "The request body is too large",
        $"The call is larger than {limit} bytes, which follow from Limits:MaxRequestBodySize.", "Send smaller bodies.",
        ClosesConnection: true);

    public static Problem WarmingUnderWay() => new(
        StatusCodes.Status409Conflict, "ISL_GATEWAY_CONFLICT", Reason.WarmingUnderWay, "A warming is under way",
        "The gateway warms its cache for one caller, or from one file, at a time.", "Try again when it has ended.", Retryable: true);

    public static Problem ComparisonUnderWay() => new(
        StatusCodes.Status409Conflict, "ISL_GATEWAY_CONFLICT", Reason.ComparisonUnderWay, "A comparison is under way",
        "The gateway compares with one candidate at a time; GET /api/compare says how far it is.", "Try again when it has ended.",
        Retryable: true);

    public static Problem Internal() => new(
        StatusCodes.Status500InternalServerError, "ISL_GATEWAY_INTERNAL", Reason.Internal, "The gateway failed",
        "An unexpected failure inside the gateway; its log names the request id.", "Retry later.", Retryable: true);

    /// <summary>For <c>Retry-After</c>, which knows whole seconds only: rounded up, and never now.</summary>
    private static int WholeSeconds(TimeSpan wait) => Math.Max(1, (int)Math.Ceiling(Math.Min(wait.TotalSeconds, 86_400)));

    /// <summary>A caller's own header value, made safe to repeat: printable ASCII without quotes, 40 characters at most.</summary>
    private static string Quote(string value) =>
        new([.. value.Take(40).Select(c => c is > ' ' and < (char)0x7f and not '\'' and not '"' and not '\\' ? c : '?')]);
}
