using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Filling;

/// <summary>One who wants a place.</summary>
internal sealed class FairTicket
{
    private readonly TaskCompletionSource<bool> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FairTicket(Digest party)
    {
        Party = party;
        Node = new LinkedListNode<FairTicket>(this);
    }

    public Digest Party { get; }

    /// <summary>Its place in the line of its party; in no list, once it has been settled.</summary>
    public LinkedListNode<FairTicket> Node { get; }

    /// <summary>Whether there was a place: true, or false for one who left or had to.</summary>
    public Task<bool> Settled => _settled.Task;

    public void Settle(bool hasPlace) => _settled.SetResult(hasPlace);
}
