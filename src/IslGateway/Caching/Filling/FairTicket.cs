using IslGateway.Content;

namespace IslGateway.Caching.Filling;

/// <summary>One who wants a place.</summary>
internal sealed class FairTicket
{
    private readonly TaskCompletionSource<bool> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="party">Whose line it stands in.</param>
    /// <param name="owner">Whose it is.</param>
    public FairTicket(Digest party, Digest owner)
    {
        (Party, Owner) = (party, owner);
        Node = new LinkedListNode<FairTicket>(this);
    }

    public Digest Party { get; set; }

    public Digest Owner { get; }

    /// <summary>Its place in the line of its party; in no list, once it has been settled.</summary>
    public LinkedListNode<FairTicket> Node { get; }

    /// <summary>Whether there was a place: true, or false for one who left or had to.</summary>
    public Task<bool> Settled => _settled.Task;

    public void Settle(bool hasPlace) => _settled.SetResult(hasPlace);
}
