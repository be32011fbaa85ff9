using IslGateway.Content;

namespace IslGateway.Caching.Filling;

/// <summary>A request for a place.</summary>
internal sealed class FairTicket
{
    private readonly TaskCompletionSource<bool> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="party">The party in whose line it waits.</param>
    /// <param name="owner">Its owner.</param>
    public FairTicket(Digest party, Digest owner)
    {
        (Party, Owner) = (party, owner);
        Node = new LinkedListNode<FairTicket>(this);
    }

    public Digest Party { get; set; }

    public Digest Owner { get; }

    /// <summary>Its place in its party's line; in no list once it has been settled.</summary>
    public LinkedListNode<FairTicket> Node { get; }

    /// <summary>True once it has a place; false if it left, or lost its room to wait.</summary>
    public Task<bool> Settled => _settled.Task;

    public void Settle(bool hasPlace) => _settled.SetResult(hasPlace);
}
