using System.Text;
using System.Text.Json;
using IslSimulator.Answers;
using IslSimulator.Catalogue;
using IslSimulator.Knobs;

namespace IslSimulator.Journey;

/// <summary>The innermost layer: finds the endpoint, reads the body, waits for the endpoint's latency and computes.</summary>
internal sealed class IslRoutes(SimulatorState state, ILogger logger)
{
    public async Task<Reply> AnswerAsync(HttpContext http, string path, byte[] body, Moment moment)
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
        JsonElement json = default;
        if (endpoint.Method != HttpMethods.Get)
        {
            var plain = BodyReading.Unpack(body, http.Request, knobs.RejectGzip);
            if (!BodyReading.TryParse(plain, http.Request.ContentType, out json, out var detail, out var error))
                return detail ?? Reply.Error(error!, moment.Ids.ForError);
            var complaints = endpoint.Body.Check(json, "body").ToArray();
            if (complaints.Length > 0) return Reply.Error(IslError.Validation(complaints), moment.Ids.ForError);
        }

        var requestId = endpoint.BodyNamesRequest
            && json.TryGetProperty("request_id", out var named) && named.ValueKind == JsonValueKind.String
            ? named.GetString()!
            : moment.Ids.ForBody(endpoint.IdPrefix);
        // The header allows 128 characters, but this kind of metadata only 100.
        if (endpoint.Metadata is MetadataKind.Timing or MetadataKind.UnderscoreTiming && requestId.Length > 100)
            return Reply.Error(IslError.Computation(), requestId);

        var seed = Seed(endpoint, json, knobs);
        await SpendAsync(endpoint, json, knobs, http.RequestAborted);
        if (endpoint.AlwaysFails) return Reply.Error(IslError.HandlerFailure(), moment.Ids.ForError);
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
        if (answer.Error is { } failure) return Reply.Error(failure, moment.Ids.ForError);
        foreach (var scaled in knobs.Scaled.Where(knob => knob.Path == endpoint.Path)) scaled.Apply(answer.Body!);
        Metadata.Add(answer.Body!, context);
        return Reply.Json(IsHealthPath(endpoint) ? knobs.HealthCode : 200, answer.Body!);
    }

    /// <summary>
    /// Fingerprint, version and build are part of the seed, so that an answer of another configuration has other numbers, as ISL's numbers
    /// change with its code.
    /// </summary>
    private Dice Seed(EndpointSpec endpoint, JsonElement json, SimulatorKnobs knobs)
    {
        var chance = endpoint.Varies == Variation.Chance
            || (endpoint.Varies == Variation.ChanceUnlessSeeded && !json.TryGetProperty("seed", out _));
        if (json.ValueKind == JsonValueKind.Undefined || chance) return Dice.Unseeded();
        var canonical = CanonicalJson.Write(json, sorted: !DrawsFromOrder(endpoint), ["request_id", .. Unknown(knobs)]);
        var process = endpoint.Varies == Variation.Process ? state.ProcessSalt : "";
        var drift = knobs.Drifting.Contains(endpoint.Path) ? "drift" : "";
        var source = knobs.Seed ?? $"{knobs.FingerprintJson}|{knobs.Version}|{knobs.Build}";
        return Dice.From(
        [
            .. Encoding.UTF8.GetBytes($"{endpoint.Path}|{source}|{process}{drift}|"),
            .. canonical,
        ]);
    }

    /// <summary>What ISL does not declare, it ignores.</summary>
    private static string[] Unknown(SimulatorKnobs knobs) => knobs.DeclareSamples ? [] : [Counterfactual.SamplesField];

    // The counterfactual seeds from sorted keys and then draws in the body's order by itself.
    private static bool DrawsFromOrder(EndpointSpec endpoint) =>
        endpoint.Varies == Variation.KeyOrder && endpoint.Build != Counterfactual.Build;

    private async Task SpendAsync(EndpointSpec endpoint, JsonElement json, SimulatorKnobs knobs, CancellationToken cancellationToken)
    {
        var samples = endpoint.Build == Counterfactual.Build && knobs.DeclareSamples
            && json.TryGetProperty(Counterfactual.SamplesField, out var count) && AnswerContext.WholeNumber(count) is { } given
            ? given / (double)Counterfactual.DefaultSamples
            : 1;
        var time = TimeSpan.FromMilliseconds(endpoint.LatencyMs * knobs.Latency * Math.Clamp(samples, 0.1, 10));
        if (!knobs.OneAtATime)
        {
            await state.WaitAsync(time, cancellationToken);
            return;
        }

        await state.OneAtATime.WaitAsync(cancellationToken);
        try
        {
            // A caller that leaves does not stop the computation.
            await state.WaitAsync(time, CancellationToken.None);
        }
        finally
        {
            state.OneAtATime.Release();
        }
    }

    private static Reply Redirect(HttpRequest request, string path)
    {
        var reply = new Reply(307, [], "text/plain; charset=utf-8");

        // Uvicorn believes this header from a proxy on its own machine.
        var scheme = request.Headers["X-Forwarded-Proto"] == "https" ? "https" : "http";
        reply.Headers["location"] = $"{scheme}://{request.Host}{path}{request.QueryString}";
        return reply;
    }

    private static bool IsHealthPath(EndpointSpec endpoint) => endpoint.Build == ServiceAnswers.Health;
}
