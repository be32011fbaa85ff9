using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// Under which credential a kept question is asked: its own, which the gateway knows only if it is among <c>Warming:Credentials</c>; where
/// all callers share an endpoint's entries, any of them. The candidate is asked under the same, or without any.
/// </summary>
internal sealed class CompareCredentials : IDisposable
{
    private readonly List<(Digest Owner, WarmingCredential Present, WarmingCredential Candidate)> _known = [];
    private readonly WarmingCredential _none = WarmingCredential.None();
    private readonly bool _isSent;

    /// <param name="settings">The settings.</param>
    /// <param name="secret">The secret with which credentials are digested.</param>
    /// <param name="isSent">Whether the candidate is sent credentials.</param>
    public CompareCredentials(GatewaySettings settings, ReadOnlySpan<byte> secret, bool isSent)
    {
        _isSent = isSent;
        var own = settings.Warming.Credentials.Length == 0
            ? []
            : WarmingCredential.Of(settings).Zip(WarmingCredential.Of(settings));
        foreach (var (present, candidate) in own.Append((WarmingCredential.None(), _none)))
        {
            var headers = new HeaderDictionary();
            present.AddTo(headers);
            _known.Add((CredentialReader.Of(headers, settings.Credentials.Headers, secret).Digest, present, candidate));
        }
    }

    /// <summary>Whether the candidate has refused all that it can be asked under.</summary>
    public bool AreRefused => _isSent && _known.Count > 1
        ? _known.TrueForAll(known => known.Candidate == _none || known.Candidate.IsRefused)
        : _none.IsRefused;

    /// <summary>What ISL is asked a question under; null: its credential is not known.</summary>
    public WarmingCredential? ForIsl(KeptRequest question) => Find(question)?.Present;

    /// <summary>What the candidate is asked a question under; null: its credential would have to be sent, and is not known.</summary>
    public WarmingCredential? ForCandidate(KeptRequest question) => _isSent ? Find(question)?.Candidate : _none;

    public void Dispose()
    {
        foreach (var (_, present, candidate) in _known)
        {
            present.Dispose();
            candidate.Dispose();
        }
    }

    private (WarmingCredential Present, WarmingCredential Candidate)? Find(KeptRequest question)
    {
        foreach (var (owner, present, candidate) in _known)
        {
            if (question.Row.CredentialScope == CredentialScope.Shared || owner == question.Owner) return (present, candidate);
        }

        return null;
    }
}
