using System.Text;
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
    /// <summary>Judges a whole answer.</summary>
    /// <param name="row">The row that it is for.</param>
    /// <param name="answer">As ISL gave it.</param>
    /// <param name="scan">What was found in it; null: it is no JSON.</param>
    /// <param name="shaped">The same with gaps for the echoed id.</param>
    /// <param name="holdsForeignId">Whether the id stands in it where no other can be put: see <see cref="HoldsForeignId"/>.</param>
    /// <param name="requestBody">The plain body that was sent.</param>
    /// <param name="credentialHeaders">The headers that the credential is made of.</param>
    /// <param name="now">When it was complete.</param>
    public static StoreVerdict Judge(
        EndpointRow row, UpstreamAnswer answer, AnswerScan? scan, StoredAnswer shaped, bool holdsForeignId,
        ReadOnlyMemory<byte> requestBody, string[] credentialHeaders, DateTimeOffset now)
    {
        if (!FieldText.IsWritable(shaped.Headers) || !FieldText.IsWritable(AnswerReader.ForLeader(answer)))
            return StoreVerdict.Not(Reason.InvalidAnswer);
        if (answer.StatusCode != StatusCodes.Status200OK) return StoreVerdict.Not(Reason.StatusNotOk);
        if (answer.Headers.ContainsKey(HeaderNames.ContentEncoding)) return StoreVerdict.Not(Reason.AnswerForbids);
        if (scan is null || !Utf8.IsValid(answer.Body.Span)) return StoreVerdict.Not(Reason.InvalidAnswer);
        var fingerprint = scan.Fingerprint;
        return !AnswerReader.IsJson(answer.Headers) ? StoreVerdict.Not(Reason.NotJsonAnswer, fingerprint)
            : JudgeHeaders(row, answer.Headers, credentialHeaders, now, out var freshness) is var reason and not Reason.None
                ? StoreVerdict.Not(reason, fingerprint)
            : scan.IsNeverStored(requestBody.Span) ? StoreVerdict.Not(Reason.NeverStore, fingerprint)
            : fingerprint is null && row.BodyFingerprint == BodyFingerprint.Required ? StoreVerdict.Not(Reason.NoFingerprint)
            : holdsForeignId ? StoreVerdict.Not(Reason.EchoedElsewhere, fingerprint)
            : new StoreVerdict(Reason.None, fingerprint, freshness);
    }

    private static Reason JudgeHeaders(
        EndpointRow row, IHeaderDictionary headers, string[] credentialHeaders, DateTimeOffset now, out AnswerFreshness freshness)
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

    /// <summary>
    /// Whether the id stands where no caller's own can be put: elsewhere in the answer without having come with the request, or at an
    /// echo's place while the request itself says it, so that nobody can tell which of the two ISL repeated.
    /// </summary>
    public static bool HoldsForeignId(AnswerScan? scan, StoredAnswer shaped, string requestId, ReadOnlySpan<byte> requestBody)
    {
        if (shaped.IdGaps.Count > 0 && MayHoldText(requestBody, requestId)) return true;
        var id = Encoding.ASCII.GetBytes(requestId);
        return requestBody.IndexOf(id) < 0 && (scan is null || scan.HasStrayId || shaped.Body.Span.IndexOf(id) >= 0);
    }

    /// <summary>Without escapes, what a text does not hold as it stands is no value in it.</summary>
    private static bool MayHoldText(ReadOnlySpan<byte> json, string text) =>
        (json.IndexOf(Encoding.ASCII.GetBytes(text)) >= 0 || json.Contains((byte)'\\'))
        && (AnswerScan.Of(json, new AnswerPlaces([]), text)?.HasStrayId ?? true);
}
