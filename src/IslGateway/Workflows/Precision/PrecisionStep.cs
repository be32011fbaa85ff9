using IslGateway.Caching;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Samples;
using IslGateway.Caching.Validation;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;

namespace IslGateway.Workflows.Precision;

/// <summary>
/// Gives a request the number of samples that its headers want, before it is keyed. A request without such headers is left as it is.
/// <code>
///   1. the row      takes no samples: 400            4. the body    no JSON object: 400
///   2. the headers  say something else: 400          5. the number  set where the body names none
///   3. ISL          has no such field: 400; nobody knows: 503
/// </code>
/// </summary>
internal sealed class PrecisionStep(SchemaBook book)
{
    /// <summary>Takes the headers.</summary>
    /// <returns>False if the request ends here; then the context says why.</returns>
    public bool Take(CacheContext context)
    {
        if (context.Row is not { } row || !SampleHeaders.Choose(context.Http.Request.Headers)) return true;
        if (ProblemWith(context, row) is not { } problem) return true;
        context.Fail(problem);
        return false;
    }

    private Problem? ProblemWith(CacheContext context, EndpointRow row)
    {
        // 1. The row, and 2. the headers.
        var request = context.Http.Request;
        if (row.Samples is not { } samples)
            return Problems.SamplesNotSupported($"Endpoints:{row.Name}:Samples is not switched on");
        if (WantedPrecision.TryRead(request.Headers, out var wanted) is { } unclear) return unclear;

        // 3. ISL.
        var standing = book.SamplesOf(row, KeyComposer.CanonicalMethod(request.Method));
        if (standing == FieldStanding.NotDeclared)
            return Problems.SamplesNotSupported($"ISL's schema declares no {samples.Field} for {row.Name}");
        if (standing == FieldStanding.Unknown)
            return Problems.SamplesUnknown($"ISL has not said yet whether {row.Name} has {samples.Field}");

        // 4. The body.
        var body = context.Body!;
        if (body.TryGetPlain(out var plain) is var decoded && !decoded.IsReadable())
            return BodyProblems.Of(decoded, body, context.Settings.Limits);
        if (SampleScan.Find(plain.Span, samples.Field, out var place) is { } fault) return Problems.WrongPrecision(fault);

        // 5. The number.
        var count = place.Count;
        if (!place.IsNamed && wanted.CountFor(samples) is { } chosen)
        {
            if (SampledBody.TrySet(context, plain, place, chosen) is { } problem) return problem;
            count = chosen;
        }

        request.Headers.Remove(SampleHeaders.Confidence);
        request.Headers.Remove(SampleHeaders.Precision);
        context.Samples = new SampleAsk { Count = count, AtLeast = wanted.AtLeast && count is not null };
        return null;
    }
}
