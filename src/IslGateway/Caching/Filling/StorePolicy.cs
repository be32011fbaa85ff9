using System.Text;
using System.Text.Unicode;
using IslGateway.Caching.Answers;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Upstream;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Filling;

/// <summary>Which answers may be stored: a pure function from an answer and its row to the reason against storing it.</summary>
internal static class StorePolicy
{
    /// <summary>Judges a complete answer.</summary>
    /// <param name="row">The row that it is for.</param>
    /// <param name="answer">ISL's answer as received.</param>
    /// <param name="scan">What was found in it; null if it is not JSON.</param>
    /// <param name="shaped">The same answer with gaps for the echoed id.</param>
    /// <param name="leaderHeaders">The answer's headers that only the leader is given.</param>
    /// <param name="holdsForeignId">
    /// Whether the answer holds the request id where it cannot be replaced: see <see cref="HoldsForeignId"/>.
    /// </param>
    /// <param name="requestBody">The plain body that was sent.</param>
    /// <param name="credentialHeaders">The headers that the credential is made of.</param>
    /// <param name="now">When the answer was complete.</param>
    public static StoreVerdict Judge(
        EndpointRow row, UpstreamAnswer answer, AnswerScan? scan, StoredAnswer shaped,
        IReadOnlyList<KeyValuePair<string, string>> leaderHeaders, bool holdsForeignId, ReadOnlyMemory<byte> requestBody,
        string[] credentialHeaders, DateTimeOffset now)
    {
        if (!FieldText.IsWritable(shaped.Headers) || !FieldText.IsWritable(leaderHeaders))
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
            : scan.IsFingerprintUnclear ? StoreVerdict.Not(Reason.ForeignEpoch)
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
    /// Whether the answer holds the request id where the caller's own id cannot be put: outside the echoes, unless the request's body holds
    /// it too; or in an echo while the request's body also holds it, so that nobody can tell which of the two ISL repeated.
    /// </summary>
    public static bool HoldsForeignId(AnswerScan? scan, StoredAnswer shaped, string requestId, ReadOnlySpan<byte> requestBody)
    {
        if (shaped.IdGaps.Count > 0 && MayHoldText(requestBody, requestId)) return true;
        var id = Encoding.ASCII.GetBytes(requestId);
        return requestBody.IndexOf(id) < 0 && (scan is null || scan.HasStrayId || shaped.Body.Span.IndexOf(id) >= 0);
    }

    /// <summary>Without escapes, a text that does not occur in the bytes is not a value.</summary>
    private static bool MayHoldText(ReadOnlySpan<byte> json, string text) =>
        (json.IndexOf(Encoding.ASCII.GetBytes(text)) >= 0 || json.Contains((byte)'\\'))
        && (AnswerScan.Of(json, new AnswerPlaces([]), text)?.HasStrayId ?? true);
}
