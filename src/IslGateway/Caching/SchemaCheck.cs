using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Validation;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching;

/// <summary>
/// The check of a body against ISL's own schema, before anything is sent to ISL. What is stored is never checked: ISL has taken such a body
/// under this very configuration.
/// <code>
///   valid         goes on
///   unchecked     goes on: no schema, not exact JSON, too large, too many steps
///   invalid       refused with ISL's 422, if ISL accepts the credential; if it refuses that, its refusal is the answer, as it would have
///                 been ISL's; goes on if ISL cannot tell, and in Observe mode, where ISL is always asked
/// </code>
/// An invalid body that goes on and that ISL takes shows that ISL knows more than it publishes: its schema is then no longer used.
/// </summary>
internal sealed partial class SchemaCheck(
    SchemaBook book, BodyMemo bodies, KeyComposer keys, CredentialMemo callers, CredentialVerifier credentials, GatewayMetrics metrics,
    ILogger<SchemaCheck> logger)
{
    /// <summary>
    /// Whether a request's body is to be checked, by its head: it is one that ISL reads as JSON, and no answer but ISL's own will do for
    /// reasons that have nothing to do with the body (<see cref="CacheMode.Off"/>, <c>Origin</c>).
    /// </summary>
    public static bool Concerns(HttpRequest request, EndpointRow row, GatewaySettings settings) =>
        row.Validation == BodyValidation.Schema
        && settings.Cache.Mode != CacheMode.Off
        && !(request.ContentLength > settings.Validation.MaxBodySize && !row.IsCacheable)
        && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
        && !request.Headers.ContainsKey(HeaderNames.Origin)
        && (request.Headers.ContentType.Count == 0 || AnswerReader.IsJson(request.Headers));

    /// <summary>Checks a body that is about to be sent to ISL.</summary>
    /// <returns>Whether the request is answered, so that nothing is to be sent.</returns>
    public async ValueTask<bool> AnswersAsync(CacheContext context, EndpointRow row)
    {
        if (!Concerns(context.Http.Request, row, context.Settings)) return false;
        var method = KeyComposer.CanonicalMethod(context.Http.Request.Method);
        var schemas = book.Find(row, method);
        var key = schemas is not null && context.Body is { } body ? bodies.Find(row, body, out _) : null;
        var result = key is null ? CheckResult.Unchecked : Check(context, key, schemas!);
        if (!result.IsInvalid)
        {
            metrics.CountSchemaCheck(row.Path, result.IsUnchecked ? "unchecked" : "valid");
            return false;
        }

        if (context.Settings.Cache.Mode == CacheMode.On)
        {
            // ISL looks at the credential before the body: a caller that it does not know must not learn what it thinks of the body.
            var verdict = await credentials.CheckAsync(context, CredentialOf(context), LeftOf(context, row));
            if (verdict.Standing != CredentialStanding.Unknown)
            {
                await RefuseAsync(context, row, verdict, result);
                return true;
            }
        }

        metrics.CountSchemaCheck(row.Path, "passed");
        Watch(context, row, schemas!);
        return false;
    }

    /// <summary>
    /// How a body would be refused if ISL accepts its credential; null: it would not. Leaves no trace of having looked.
    /// </summary>
    public Problem? Peek(CacheContext context, EndpointRow row)
    {
        if (context.Settings.Cache.Mode != CacheMode.On || !Concerns(context.Http.Request, row, context.Settings)) return null;
        if (book.Find(row, KeyComposer.CanonicalMethod(context.Http.Request.Method)) is not { } schemas) return null;
        if (context.Body is not { } body || bodies.Peek(row, body, out _) is not { } key) return null;
        var result = Check(context, key, schemas);
        return result.IsInvalid ? Problems.SchemaInvalid(result.Failures!, result.More) : null;
    }

    private static CheckResult Check(CacheContext context, BodyKey key, IReadOnlyList<BodySchema> schemas)
    {
        // Whether it is exact JSON is known from its key. What can be read in two ways is ISL's to read.
        if (key.Digest is null || !context.Body!.TryGetPlain(out var plain).IsReadable()
            || plain.Length > context.Settings.Validation.MaxBodySize)
            return CheckResult.Unchecked;

        var result = CheckResult.Unchecked;
        foreach (var schema in schemas)
        {
            var found = schema.Check(plain, context.Settings.Validation);
            if (!found.IsInvalid) return found;
            if (result.IsUnchecked) result = found;
        }

        return result;
    }

    private async Task RefuseAsync(CacheContext context, EndpointRow row, CredentialVerdict verdict, CheckResult result)
    {
        if (verdict.Standing == CredentialStanding.Refused)
        {
            var outcome = row.IsCacheable
                ? new CacheOutcome(CacheDisposition.Miss, Reason.RefusedCredential)
                : CacheOutcome.Bypass(Reason.RefusedCredential);
            await AnswerWriter.WriteRefusalAsync(context, verdict.Refusal!, outcome);
            return;
        }

        metrics.CountSchemaCheck(row.Path, "refused");
        context.Fail(Problems.SchemaInvalid(result.Failures!, result.More));
    }

    /// <summary>Looks at what ISL says of a body that does not fit its schema.</summary>
    private void Watch(CacheContext context, EndpointRow row, IReadOnlyList<BodySchema> schemas) =>
        context.Http.Response.OnStarting(() =>
        {
            if (context.Http.Response.StatusCode is < 200 or > 299) return Task.CompletedTask;
            metrics.CountSchemaCheck(row.Path, "contradicted");
            if (!schemas[0].IsContradicted) LogContradicted(row.Path, context.RequestId);
            foreach (var schema in schemas) schema.IsContradicted = true;
            return Task.CompletedTask;
        });

    private Upstream.Credential CredentialOf(CacheContext context) => callers.Of(
        context.Http.Request.Headers, context.Settings.Credentials.Headers, keys.SecretIn(context.Settings));

    private static TimeSpan LeftOf(CacheContext context, EndpointRow row) =>
        context.Left(CallerDirectives.DeadlineOf(context.Http.Request.Headers, row.Timeout));

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "ISL took a body for {Endpoint} that its own schema refuses (request {RequestId}); "
        + "bodies of that endpoint are no longer checked until ISL publishes another schema")]
    private partial void LogContradicted(string endpoint, string requestId);
}
