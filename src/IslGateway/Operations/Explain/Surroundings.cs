using IslGateway.Caching;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Operations.Explain;

/// <summary>
/// Looks what is stored for a request beside what its look-up finds: under each epoch that is tried, under those that ISL has left, and,
/// in this memory alone, for other credentials that callers lately sent. Bounded by how many epochs and credentials are remembered.
/// </summary>
internal sealed class Surroundings(
    MemoryStore memory, RedisStore redis, RedisGate gate, EpochChoice epochChoice, CredentialMemo callers, KeyComposer keys)
{
    private const int MaxEarlierEpochs = 16;

    public async Task LookAsync(Explained explained, CacheTicket ticket, CancellationToken cancellationToken)
    {
        var named = epochChoice.Named(explained.Context.Settings);
        var earlier = named.Where(one => !ticket.Epochs.Contains(one.Digest)).Take(MaxEarlierEpochs).ToArray();
        Digest[] digests =
            [.. ticket.Epochs.Select(ticket.Keys.Under), .. earlier.Select(one => ticket.Keys.Under(one.Digest))];
        var reply = await redis.FindAllAsync(ticket.Row, digests, cancellationToken);
        var stored = digests.Select(digest =>
            memory.TryPeek(digest, out _) || reply.Value?.Any(found => found.Key == digest) == true).ToArray();

        explained.RedisAnswered = gate.IsConfigured ? reply.IsOk : null;
        explained.Epochs =
        [
            .. ticket.Epochs.Select((digest, i) => ((Epoch?)named.FirstOrDefault(one => one.Digest == digest).Epoch, stored[i])),
        ];
        explained.EarlierEpochs = [.. earlier.Where((_, i) => stored[ticket.Epochs.Count + i]).Select(one => one.Epoch)];
        explained.OtherCredentials = LookForOthers(explained, ticket);
    }

    private (int Tried, int Stored) LookForOthers(Explained explained, CacheTicket ticket)
    {
        if (ticket.Row.CredentialScope == CredentialScope.Shared) return default;
        var context = explained.Context;
        var others = callers.Remembered(keys.SecretIn(context.Settings)).Where(other => other.Digest != ticket.Credential.Digest).ToArray();
        var stored = others.Count(other =>
        {
            var theirs = ticket.Keys.For(context.Http.Request, other);
            return ticket.Epochs.Any(epoch => memory.TryPeek(theirs.Under(epoch), out _));
        });
        return (others.Length, stored);
    }
}
