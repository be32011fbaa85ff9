using IslGateway.Caching.Credentials;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// Under which credential a kept question is asked: its own, which the gateway knows only if it is among <c>Warming:Credentials</c>; where
/// all callers share an endpoint's entries, any of them.
/// </summary>
internal sealed class CompareCredentials : IDisposable
{
    private readonly List<(Digest Owner, WarmingCredential Present, WarmingCredential Candidate)> _known = [];
    private readonly WarmingCredential _none = WarmingCredential.None();

    /// <param name="settings">The settings.</param>
    /// <param name="secret">The secret with which credentials are digested.</param>
    /// <param name="isSent">Whether the candidate is sent credentials; if not, all questions are asked of it without one.</param>
    public CompareCredentials(GatewaySettings settings, ReadOnlySpan<byte> secret, bool isSent)
    {
        Add(WarmingCredential.None(), _none, settings, secret);
        if (settings.Warming.Credentials.Length == 0) return;
        foreach (var (present, candidate) in WarmingCredential.Of(settings).Zip(WarmingCredential.Of(settings)))
        {
            Add(present, isSent ? candidate : _none, settings, secret);
            if (!isSent) candidate.Dispose();
        }
    }

    /// <summary>Whether the candidate has refused all that it can be asked under.</summary>
    public bool AreRefused => _known.TrueForAll(known => known.Candidate.IsRefused || IsUnused(known.Candidate));

    /// <summary>The two sides' accounts of the credential that a question is asked under; null: it is not known.</summary>
    public (WarmingCredential Present, WarmingCredential Candidate)? Find(KeptRequest question)
    {
        var isShared = question.Row.CredentialScope == CredentialScope.Shared;
        foreach (var (owner, present, candidate) in Enumerable.Reverse(_known))
        {
            if (isShared || owner == question.Owner) return (present, candidate);
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var (_, present, candidate) in _known)
        {
            present.Dispose();
            candidate.Dispose();
        }
    }

    private void Add(WarmingCredential present, WarmingCredential candidate, GatewaySettings settings, ReadOnlySpan<byte> secret)
    {
        var headers = new HeaderDictionary();
        present.AddTo(headers);
        _known.Add((CredentialReader.Of(headers, settings.Credentials.Headers, secret).Digest, present, candidate));
    }

    private bool IsUnused(WarmingCredential candidate) => candidate == _none && _known.Exists(known => known.Candidate != _none);
}
