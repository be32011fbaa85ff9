using System.Globalization;
using IslGateway.Caching.Credentials;
using IslGateway.Outcomes;
using IslGateway.Settings;

namespace IslGateway.Operations.Explain;

/// <summary>An explanation in plain sentences. Names no user, no credential and nothing of a body but where it is wrong.</summary>
internal static class Wording
{
    public static string Of(Explained explained, CacheOutcome outcome) =>
        explained.Context.Problem is { } problem ? problem.Detail : string.Join(' ', Sentences(explained, outcome));

    private static IEnumerable<string> Sentences(Explained explained, CacheOutcome outcome)
    {
        if (explained.Bypass == Reason.Batch)
        {
            yield return "It is a batch or a sweep: each of its items goes the way of a request of its own, and has a key of its own. "
                + "Explain an item's path and body.";
            yield break;
        }

        if (explained.Ticket is null)
        {
            yield return $"It goes past the cache: {Because(outcome.Reason)}.";
            if (explained.Fault is { } fault) yield return fault.At is { Length: > 0 } at ? $"{fault.What} It is at {at}." : fault.What;
            if (outcome.Reason == Reason.UnknownEndpoint)
                yield return "Paths are compared byte by byte: another case, an escape or a slash at the end makes another one.";
            yield break;
        }

        yield return Found(explained);
        if (outcome.IsHit && explained.Standing == CredentialStanding.Unknown)
            yield return "ISL has first to say whether it accepts the credential (Credentials:ProbePath).";
        if (explained.Standing == CredentialStanding.Refused) yield return "ISL has just refused the credential.";
        if (explained is { Hit: null, LastFill: { } last })
        {
            var status = last.Status is { } code ? string.Create(CultureInfo.InvariantCulture, $" (status {code})") : "";
            yield return $"The latest answer to it, {Ago(last.Age)}, was not stored: {Because(last.Reason)}{status}.";
        }

        if (!outcome.IsHit && outcome.Reason is not Reason.None && outcome.Reason != explained.LastFill?.Reason)
            yield return $"Now: {Because(outcome.Reason)}.";
        if (explained.Hit is null or { IsFresh: false })
            foreach (var hint in Hints(explained)) yield return hint;
    }

    private static string Found(Explained explained) => explained.Hit switch
    {
        null => "Nothing is stored under its key.",
        { IsFresh: true, Samples: { } more } =>
            string.Create(CultureInfo.InvariantCulture, $"A fresh answer with {more} samples is stored, which is at least as precise."),
        { IsFresh: true, IsWanted: true } => "A fresh answer is stored.",
        { IsFresh: true } => "A fresh answer is stored, but the caller's Cache-Control does not accept it.",
        { MayStandIn: true } when explained.Ticket!.Row.Cache == CachePolicy.Deterministic =>
            "A stored answer is past its freshness, or the evidence for ISL's configuration is too old: it stands in where ISL fails or "
            + "takes longer than Cache:StaleAfter.",
        _ => "A stored answer is past the time in which it may be served.",
    };

    /// <summary>What may be why nothing fresh is there.</summary>
    private static IEnumerable<string> Hints(Explained explained)
    {
        if (explained.RedisAnswered == false) yield return "Redis did not answer, and may hold an answer.";
        if (explained.Hit is null && explained.EarlierEpochs is [var epoch, ..])
            yield return $"Under a configuration that ISL has left an answer is stored: {epoch}. It does not count now.";
        if (explained.Hit is null && explained.OtherCredentials.Stored > 0)
            yield return "For another credential an answer is stored: the entries of this endpoint are per credential.";
        if (explained.Standing != CredentialStanding.Proven
            && explained.Ticket is { Credential.IsAnonymous: true, Row.CredentialScope: CredentialScope.Partitioned })
            yield return $"The request carries no credential ({string.Join(", ", explained.Context.Settings.Credentials.Headers)}).";
    }

    private static string Ago(TimeSpan age) => age < TimeSpan.FromMinutes(2)
        ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0} s ago")
        : string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0} min ago");

    private static string Because(Reason reason) => reason switch
    {
        Reason.UnknownEndpoint => "no row of the endpoint table has this path and method",
        Reason.EndpointNotCached => "its row is Cache=None",
        Reason.CacheOff => "Cache:Mode is Off",
        Reason.Observed => "Cache:Mode is Observe, so ISL is asked every time",
        Reason.CrossOrigin => "it carries Origin, and ISL's CORS headers are its own to give",
        Reason.NotJsonRequest => "its content type is not JSON",
        Reason.InexactBody => "its body cannot be read exactly",
        Reason.UnknownEpoch => "ISL's configuration is not known, or the evidence for it is older than Isl:EpochMaxAge",
        Reason.Quarantined => "the sentinel found that the endpoint's answers differ from one computation to the next",
        Reason.RefusedCredential => "ISL refuses the credential",
        Reason.SessionUnsafe =>
            "its body names no user, an update of the user's beliefs is unanswered, or the gateways are not known to share belief versions",
        Reason.NoStoreRequested => "the caller says no-store",
        Reason.OnlyIfCached => "the caller says only-if-cached, and nothing fresh is stored that it may have",
        Reason.StatusNotOk => "ISL's status was not 200",
        Reason.InvalidAnswer => "ISL's answer was no HTTP, or not whole, valid JSON",
        Reason.NotJsonAnswer => "ISL's answer is of another content type than JSON",
        Reason.NoFingerprint => "ISL's answer names no configuration, which the row requires (BodyFingerprint)",
        Reason.ForeignEpoch => "ISL's answer named another configuration than its health did",
        Reason.AlternatingEpoch => "ISL's health reports now one configuration, now another",
        Reason.AnswerForbids => "ISL's answer forbids it (Cache-Control, Set-Cookie, Vary and the like)",
        Reason.NeverStore => "ISL's answer says that it, or a part of it, failed, is degraded or was skipped (NeverStoreWhen)",
        Reason.EchoedElsewhere => "ISL's answer holds the caller's request id outside the places of EchoedId",
        Reason.Oversize => "ISL's answer is larger than Cache:MaxEntrySize",
        Reason.NoRoom => "memory is full of answers that are worth far more, and no Redis is known to take it",
        Reason.BeliefsChanged => "an update changed the user's beliefs while it was computed",
        Reason.Overloaded => "there was no room for it",
        Reason.CircuitOpen => "so many calls of this family failed lately that ISL is not asked for a moment",
        Reason.CoolingDown => "ISL failed at this very request every time, and is not asked it for a while",
        Reason.UpstreamUnreachable => "ISL could not be reached, or dropped the connection",
        Reason.UpstreamTruncated => "ISL's answer broke off",
        Reason.UpstreamTimeout => "ISL did not answer within the row's UpstreamTimeout",
        _ => reason.Word(),
    };
}
