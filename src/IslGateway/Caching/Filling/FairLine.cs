namespace IslGateway.Caching.Filling;

/// <summary>The waiting tickets of one party, oldest first, and the party's place in the order of turns.</summary>
internal sealed class FairLine
{
    public FairLine() => Turn = new LinkedListNode<FairLine>(this);

    public LinkedList<FairTicket> Tickets { get; } = [];

    /// <summary>The line's place in the order of turns.</summary>
    public LinkedListNode<FairLine> Turn { get; }
}
