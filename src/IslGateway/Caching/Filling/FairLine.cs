namespace IslGateway.Caching.Filling;

/// <summary>Those of one party who wait, oldest first, and where their line stands among the others.</summary>
internal sealed class FairLine
{
    public FairLine() => Turn = new LinkedListNode<FairLine>(this);

    public LinkedList<FairTicket> Tickets { get; } = [];

    /// <summary>Its place in the order of turns.</summary>
    public LinkedListNode<FairLine> Turn { get; }
}
