using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using IslGateway.Caching.Answers;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Upstream;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Filling;

/// <summary>What may be stored. Pure: an answer and its row in, the reason against it out.</summary>
internal static class StorePolicy
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 1024 };

    /// <summary>Judges a whole answer.</summary>
    /// <param name="row">The row that it is for.</param>
    /// <param name="answer">As ISL gave it.</param>
    /// <param name="shaped">The same with gaps for the echoed id.</param>
    /// <param name="requestId">The id that was sent.</param>
    /// <param name="requestBody">The plain body that was sent.</param>
    /// <param name="credentialHeaders">The headers that the credential is made of.</param>
    /// <param name="now">When it was complete.</param>
    public static StoreVerdict Judge(
        EndpointRow row, UpstreamAnswer answer, StoredAnswer shaped, string requestId, ReadOnlyMemory<byte> requestBody, string[] credentialHeaders,
        DateTimeOffset now)
    {
        if (!FieldText.IsWritable(shaped.Headers) || !FieldText.IsWritable(AnswerReader.ForLeader(answer))) return StoreVerdict.Not(Reason.InvalidAnswer);
        if (answer.StatusCode != StatusCodes.Status200OK) return StoreVerdict.Not(Reason.StatusNotOk);
        if (answer.Headers.ContainsKey(HeaderNames.ContentEncoding)) return StoreVerdict.Not(Reason.AnswerForbids);
        if (!Utf8.IsValid(answer.Body.Span)) return StoreVerdict.Not(Reason.InvalidAnswer);
        try
        {
            using var document = JsonDocument.Parse(answer.Body, Options);
            var fingerprint = FingerprintIn(document.RootElement, row.FingerprintAt);
            return !AnswerReader.IsJson(answer.Headers) ? StoreVerdict.Not(Reason.NotJsonAnswer, fingerprint)
                : JudgeHeaders(row, answer.Headers, credentialHeaders, now, out var freshness) is var reason and not Reason.None ? StoreVerdict.Not(reason, fingerprint)
                : IsNeverStored(row, document.RootElement, requestBody) ? StoreVerdict.Not(Reason.NeverStore, fingerprint)
                : fingerprint is null && row.BodyFingerprint == BodyFingerprint.Required ? StoreVerdict.Not(Reason.NoFingerprint)
                : EchoesElsewhere(shaped, requestId, requestBody.Span) ? StoreVerdict.Not(Reason.EchoedElsewhere, fingerprint)
                : new StoreVerdict(Reason.None, fingerprint, freshness);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter is the reader's word for half a surrogate pair, which is no text.
            return StoreVerdict.Not(Reason.InvalidAnswer);
        }
    }

    /// <summary>Whether a condition holds. What cannot be read, in a name or in the request, is given no benefit of the doubt.</summary>
    private static bool IsNeverStored(EndpointRow row, JsonElement answer, ReadOnlyMemory<byte> requestBody)
    {
        try
        {
            var met = row.NeverStoreWhen.Where(condition => condition.HoldsOfAnswer(answer)).ToList();
            if (met.Count == 0 || met.Exists(condition => !condition.AsksRequest)) return met.Count > 0;
            using var request = JsonDocument.Parse(requestBody, Options);
            return met.Exists(condition => condition.HoldsOfRequest(request.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return true;
        }
    }

    private static Reason JudgeHeaders(EndpointRow row, IHeaderDictionary headers, string[] credentialHeaders, DateTimeOffset now, out AnswerFreshness freshness)
    {
        freshness = AnswerFreshness.Of(headers, now);
        if (headers.ContainsKey(HeaderNames.SetCookie) || headers.ContainsKey(HeaderNames.ContentRange)) return Reason.AnswerForbids;
        foreach (var name in headers.GetCommaSeparatedValues(HeaderNames.Vary))
        {
            if (!name.Equals(HeaderNames.AcceptEncoding, StringComparison.OrdinalIgnoreCase) && !IsInTheKey(name, row, credentialHeaders))
                return Reason.AnswerForbids;
        }

        return freshness.MayBeStored ? Reason.None : Reason.AnswerForbids;
    }

    private static bool IsInTheKey(string name, EndpointRow row, string[] credentialHeaders) =>
        row.KeyHeaders.Contains(name, StringComparer.OrdinalIgnoreCase)
        || (row.CredentialScope == CredentialScope.Partitioned && credentialHeaders.Contains(name, StringComparer.OrdinalIgnoreCase));

    private static string? FingerprintIn(JsonElement root, JsonPointer[] places)
    {
        foreach (var place in places)
        {
            string? found = null;
            if (place.Any(root, element => element.ValueKind == JsonValueKind.String && (found = element.GetString()) is { Length: > 0 })) return found;
        }

        return null;
    }

    /// <summary>
    /// Whether the id stands where no caller's own can be put: elsewhere in the answer without having come with the request, or at an echo's
    /// place while the request itself says it, so that nobody can tell which of the two ISL repeated.
    /// </summary>
    public static bool EchoesElsewhere(StoredAnswer shaped, string requestId, ReadOnlySpan<byte> requestBody)
    {
        if (shaped.IdGaps.Count > 0 && AnswerReader.HasStringValue(requestBody, requestId)) return true;
        var id = Encoding.ASCII.GetBytes(requestId);
        if (requestBody.IndexOf(id) >= 0) return false;
        return shaped.Body.Span.IndexOf(id) >= 0 || AnswerReader.HasStringValue(shaped.Body.Span, requestId);
    }
}
