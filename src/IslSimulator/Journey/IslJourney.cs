using System.Security.Cryptography;
using System.Text;
using IslSimulator.Answers;
using IslSimulator.Calls;
using IslSimulator.Catalogue;
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
    private readonly Admission _admission = new(state);
    private readonly IslRoutes _routes = new(state, logger);

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

        // 1. Log. A body that is announced as too large is not read.
        var tooLarge = http.Request.ContentLength > MaxBody;
        var body = tooLarge ? [] : await BodyReading.ReadAllAsync(http.Request, http.RequestAborted);
        Record(http, path, body);

        // 2.-7. Everything but writing.
        var isHealth = path is "/health" or "/ready";
        var reply = await DecideAsync(http, path, body, new Moment(knobs, ids, arrived, isHealth, tooLarge));

        // 8. Writing. The drop knob does not apply to health.
        await ReplyWriter.WriteAsync(http, reply, ids, knobs, isHealth ? null : knobs.Drop);
    }

    private async Task<Reply> DecideAsync(HttpContext http, string path, byte[] body, Moment moment)
    {
        var knobs = moment.Knobs;
        if (_admission.Limit(http, path, moment) is { } limited) return limited;
        if (CrossOrigin.Preflight(http.Request) is { } preflight) return preflight;
        if (_admission.Authenticate(http, path, moment) is { } refused) return refused;

        if (knobs.Hang is { } hang) await hang.WaitAsync(path, moment.IsHealth, http.RequestAborted);
        await state.WaitAsync(moment.IsHealth ? knobs.HealthDelay : knobs.Delay, http.RequestAborted);
        if (knobs.Errors.FirstOrDefault(error => error.TryTake(path, moment.IsHealth)) is { } played)
            return Reply.Error(IslError.Played(played.Status), moment.Ids.ForError);
        if (knobs.RawBodies.FirstOrDefault(raw => raw.Path == path) is { } word)
            return Reply.Text(word.Status, word.Body, word.ContentType);

        if (moment.TooLarge)
            return Reply.Error(
                new IslError(413, "ISL_REQUEST_TOO_LARGE", "Request body exceeds 10 MB", "request_too_large"), moment.Ids.ForError);
        return await _routes.AnswerAsync(http, path, body, moment);
    }

    private void Record(HttpContext http, string path, byte[] body)
    {
        if (path == "/health") return;
        state.Log.Add(new CallRecord(
            http.Request.Method,
            http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            path,
            [
                .. http.Request.Headers.SelectMany(
                    static header => header.Value, static (header, value) => KeyValuePair.Create(header.Key, value ?? "")),
            ],
            http.Request.ContentLength ?? body.Length,
            Convert.ToHexStringLower(SHA256.HashData(body)),
            Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, LoggedText))));
    }
}
