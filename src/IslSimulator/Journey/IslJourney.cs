using System.Security.Cryptography;
using System.Text;
using IslSimulator.Answers;
using IslSimulator.Calls;
using IslSimulator.Catalogue;
using IslSimulator.Knobs;
using Microsoft.AspNetCore.Http.Features;

namespace IslSimulator.Journey;

/// <summary>
/// One call through ISL's layers, outermost first:
/// 1 log - 2 rate limit - 3 CORS - 4 API key - 5 knobs that hold or replace the answer - 6 size - 7 routes - 8 writing.
/// </summary>
internal sealed class IslJourney(SimulatorState state, ILogger<IslJourney> logger)
{
    private const long MaxBody = 10 * 1024 * 1024;
    private const int LoggedText = 4096;

    public async Task HandleAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        var counted = EndpointCatalogue.At(path).FirstOrDefault()?.Path ?? path;
        state.Log.Arrived(counted);
        try
        {
            await AnswerAsync(http, path);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller left.
        }
        finally
        {
            state.Log.Left(counted);
        }
    }

    private async Task AnswerAsync(HttpContext http, string path)
    {
        var arrived = state.Time.GetTimestamp();
        var knobs = state.Knobs;
        var ids = new CallIds(http.Request.Headers);

        // 1. Log. A body that is announced as too large is never read.
        var tooLarge = http.Request.ContentLength > MaxBody;
        var body = tooLarge ? [] : await BodyReading.ReadAllAsync(http.Request, http.RequestAborted);
        Record(http, path, body);

        // 2.-7. Everything but writing.
        var isHealth = path is "/health" or "/ready";
        var reply = await DecideAsync(http, path, body, new Moment(knobs, ids, arrived, isHealth, tooLarge));

        // 8. Writing. Health is never cut: a drop is about answers.
        await ReplyWriter.WriteAsync(http, reply, ids, knobs, isHealth ? null : knobs.Drop);
    }

    private async Task<Reply> DecideAsync(HttpContext http, string path, byte[] body, Moment moment)
    {
        var knobs = moment.Knobs;
        if (Limit(http, path, moment) is { } limited) return limited;
        if (CrossOrigin.Preflight(http.Request) is { } preflight) return preflight;
        if (Authenticate(http, path, moment) is { } refused) return refused;

        if (knobs.Hang is { } hang) await hang.WaitAsync(path, moment.IsHealth, http.RequestAborted);
        await WaitAsync(moment.IsHealth ? knobs.HealthDelay : knobs.Delay, http.RequestAborted);
        if (knobs.Errors.FirstOrDefault(error => error.TryTake(path, moment.IsHealth)) is { } played)
            return Reply.Error(IslError.Played(played.Status), RequestIdOf(moment));
        if (knobs.RawBodies.FirstOrDefault(raw => raw.Path == path) is { } word) return Reply.Text(word.Status, word.Body, word.ContentType);

        if (moment.TooLarge)
            return Reply.Error(new IslError(413, "ISL_REQUEST_TOO_LARGE", "Request body exceeds 10 MB", "request_too_large"), RequestIdOf(moment));
        return await RouteAsync(http, path, body, moment);
    }

    private Reply? Limit(HttpContext http, string path, Moment moment)
    {
        var limit = moment.Knobs.RateLimitPerMinute;
        if (limit <= 0 || moment.IsHealth || path == "/metrics") return null;
        var bucket = http.Request.Headers[HeaderNames.ApiKey] is { Count: > 0 } keys ? $"key {keys[0]}"
            : $"address {http.Request.Headers["X-Forwarded-For"].ToString().Split(',')[0].Trim()}|{http.Connection.RemoteIpAddress}";
        var (remaining, wait) = state.Limiter.Take(bucket, limit);
        if (remaining >= 0)
        {
            http.Response.Headers["x-ratelimit-limit"] = limit.ToString(provider: null);
            http.Response.Headers["x-ratelimit-remaining"] = remaining.ToString(provider: null);
            return null;
        }

        // A logging call fails on this path in ISL, so that the 429 it means comes out as an unhandled 500.
        return Reply.Error(
            moment.Knobs.RateLimitAnswers429
                ? IslError.Played(429) with { RetryAfterSeconds = wait, Bare = true }
                : IslError.Computation(),
            moment.Ids.Given ?? state.ProcessSalt);
    }

    private Reply? Authenticate(HttpContext http, string path, Moment moment)
    {
        if (!moment.Knobs.NeedsKey || IsPublic(path)) return null;
        var key = http.Request.Headers[HeaderNames.ApiKey] is { Count: > 0 } keys ? keys[0]!.Trim() : "";
        if (key.Length > 0 && !Ascii.IsValid(key)) return Reply.Error(IslError.Computation(), moment.Ids.Given ?? state.ProcessSalt);
        if (key.Length > 0 && moment.Knobs.Accepts(key)) return null;
        var reason = key.Length == 0 ? "missing_api_key" : "invalid_api_key";
        var error = new IslError(401, "ISL_UNAUTHORIZED", key.Length == 0 ? "API key required" : "Invalid API key", reason) { Bare = true };
        return Reply.Error(error, moment.Ids.Given ?? state.ProcessSalt);
    }

    private static bool IsPublic(string path) =>
        path is "/health" or "/ready" or "/metrics" or "/openapi.json"
        || path.StartsWith("/docs", StringComparison.Ordinal)
        || path.StartsWith("/redoc", StringComparison.Ordinal);

    private async Task<Reply> RouteAsync(HttpContext http, string path, byte[] body, Moment moment)
    {
        var request = http.Request;
        if (StaticPages.Find(request, path, state) is { } page) return page;
        var specs = EndpointCatalogue.At(path).ToArray();
        if (specs.Length == 0)
        {
            return path.Length > 1 && path.EndsWith('/') && EndpointCatalogue.At(path[..^1]).Any()
                ? Redirect(request, path[..^1])
                : Reply.Detail(404, "Not Found");
        }

        if (specs.FirstOrDefault(spec => spec.Method == request.Method) is not { } endpoint)
        {
            var reply = Reply.Detail(405, "Method Not Allowed");
            reply.Headers["allow"] = specs[0].Method;
            return reply;
        }

        try
        {
            return await ComputeAsync(http, endpoint, body, moment);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            SimulatorLog.ComputationFailed(logger, exception, endpoint.Path);
            return Reply.Error(IslError.Computation(), moment.Ids.Given ?? state.ProcessSalt);
        }
    }

    private async Task<Reply> ComputeAsync(HttpContext http, EndpointSpec endpoint, byte[] body, Moment moment)
    {
        var knobs = moment.Knobs;
        System.Text.Json.JsonElement json = default;
        if (endpoint.Method != HttpMethods.Get)
        {
            var plain = BodyReading.Unpack(body, http.Request, knobs.RejectGzip);
            if (!BodyReading.TryParse(plain, http.Request.ContentType, out json, out var detail, out var error))
                return detail ?? Reply.Error(error!, RequestIdOf(moment));
            var missing = endpoint.Required.Where(field => !json.TryGetProperty(field, out _)).ToArray();
            if (missing.Length > 0)
                return Reply.Error(IslError.Validation([.. missing.Select(static field => $"body.{field}: Field required")]), RequestIdOf(moment));
        }

        var requestId = endpoint.BodyNamesRequest && json.TryGetProperty("request_id", out var named) && named.ValueKind == System.Text.Json.JsonValueKind.String
            ? named.GetString()!
            : moment.Ids.ForBody(endpoint.IdPrefix);
        // The header takes 128 characters, the model of this metadata only 100.
        if (endpoint.Metadata is MetadataKind.Timing or MetadataKind.UnderscoreTiming && requestId.Length > 100)
            return Reply.Error(IslError.Computation(), requestId);

        var seed = Seed(endpoint, json, knobs);
        await SpendAsync(endpoint, json, knobs, http.RequestAborted);
        if (endpoint.AlwaysFails) return Reply.Error(IslError.HandlerFailure(), RequestIdOf(moment));
        var context = new AnswerContext
        {
            Spec = endpoint,
            Body = json,
            Dice = seed,
            Knobs = knobs,
            State = state,
            Request = http.Request,
            RequestId = requestId,
            ElapsedMs = Math.Round(state.Time.GetElapsedTime(moment.Arrived).TotalMilliseconds + Dice.Unseeded().Next(), 3),
        };
        var answer = endpoint.Build(context);
        if (answer.Error is { } failure) return Reply.Error(failure, RequestIdOf(moment));
        Metadata.Add(answer.Body!, context);
        return Reply.Json(IsHealthPath(endpoint) ? knobs.HealthCode : 200, answer.Body!);
    }

    /// <summary>
    /// Fingerprint, version and build take part, so that an answer of another configuration can be told by its numbers;
    /// ISL's numbers change with its code as well.
    /// </summary>
    private Dice Seed(EndpointSpec endpoint, System.Text.Json.JsonElement json, SimulatorKnobs knobs)
    {
        var chance = endpoint.Varies == Variation.Chance
            || (endpoint.Varies == Variation.ChanceUnlessSeeded && !json.TryGetProperty("seed", out _));
        if (json.ValueKind == System.Text.Json.JsonValueKind.Undefined || chance) return Dice.Unseeded();
        var canonical = CanonicalJson.Write(json, sorted: !DrawsFromOrder(endpoint), withoutTopLevel: "request_id");
        var process = endpoint.Varies == Variation.Process ? state.ProcessSalt : "";
        return Dice.From([.. Encoding.UTF8.GetBytes($"{endpoint.Path}|{knobs.FingerprintJson}|{knobs.Version}|{knobs.Build}|{process}|"), .. canonical]);
    }

    // The counterfactual itself seeds from sorted keys and then draws in the body's order.
    private static bool DrawsFromOrder(EndpointSpec endpoint) => endpoint.Varies == Variation.KeyOrder && endpoint.Build != Counterfactual.Build;

    private async Task SpendAsync(EndpointSpec endpoint, System.Text.Json.JsonElement json, SimulatorKnobs knobs, CancellationToken cancellationToken)
    {
        var samples = endpoint.Build == Counterfactual.Build && json.TryGetProperty("num_samples", out var count) && count.TryGetInt32(out var given)
            ? given / (double)Counterfactual.DefaultSamples
            : 1;
        var time = TimeSpan.FromMilliseconds(endpoint.LatencyMs * knobs.Latency * Math.Clamp(samples, 0.1, 10));
        if (!knobs.OneAtATime)
        {
            await WaitAsync(time, cancellationToken);
            return;
        }

        await state.OneAtATime.WaitAsync(cancellationToken);
        try
        {
            // A caller that leaves does not stop the computation.
            await WaitAsync(time, CancellationToken.None);
        }
        finally
        {
            state.OneAtATime.Release();
        }
    }

    private Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        time <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(time, state.Time, cancellationToken);

    private static Reply Redirect(HttpRequest request, string path)
    {
        var reply = new Reply(307, [], "text/plain; charset=utf-8");
        reply.Headers["location"] = $"http://{request.Host}{path}{request.QueryString}";
        return reply;
    }

    private static bool IsHealthPath(EndpointSpec endpoint) => endpoint.Build == ServiceAnswers.Health;

    private static string RequestIdOf(Moment moment) => moment.Ids.Given ?? moment.Ids.ForHeader;

    private void Record(HttpContext http, string path, byte[] body)
    {
        if (path == "/health") return;
        state.Log.Add(new CallRecord(
            http.Request.Method,
            http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            path,
            [.. http.Request.Headers.SelectMany(static header => header.Value, static (header, value) => KeyValuePair.Create(header.Key, value ?? ""))],
            http.Request.ContentLength ?? body.Length,
            Convert.ToHexStringLower(SHA256.HashData(body)),
            Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, LoggedText))));
    }

    private sealed record Moment(SimulatorKnobs Knobs, CallIds Ids, long Arrived, bool IsHealth, bool TooLarge);
}
