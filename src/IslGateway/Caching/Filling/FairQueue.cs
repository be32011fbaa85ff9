using IslGateway.Content;

namespace IslGateway.Caching.Filling;

/// <summary>
/// A number of places, and the lines before them: one per party, oldest first within it. Parties take turns, so that a line of a thousand
/// holds up nobody else's first. When the room for waiting is used up, a shorter line takes it from the longest. All steps take
/// constant time, but for the looks at all lines when there is no room, and before one is found hopeless.
/// </summary>
internal sealed class FairQueue
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, FairLine> _lines = [];

    /// <summary>The lines in the order of their turns.</summary>
    private readonly LinkedList<FairLine> _turns = [];

    private int _places;
    private int _room;

    /// <summary>More than there are, after places were made fewer.</summary>
    private int _taken;

    /// <summary>Places there are.</summary>
    public int Places => Volatile.Read(ref _places);

    /// <summary>All who wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Sets how many places there are and how many may wait. Who holds a place or waits already stays.</summary>
    public void Resize(int places, int room)
    {
        lock (_gate)
        {
            if (_places == places && _room == room) return;
            (_places, _room) = (places, room);
            GiveOut();
        }
    }

    /// <summary>Takes a place if one is free and nobody waits.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            if (_taken >= _places || Waiting > 0) return false;
            _taken++;
            return true;
        }
    }

    /// <summary>Takes a place, or stands in line for one; null when there is no room to wait.</summary>
    /// <param name="party">Whose line it is.</param>
    /// <param name="owner">Whose the place is, where several share a line.</param>
    /// <param name="isHopeless">
    /// Asked, when it comes to waiting, with how many will be served before: at most, then at least; twice true: do not wait.
    /// </param>
    public FairTicket? Enter(Digest party, Digest owner, Func<int, bool> isHopeless)
    {
        lock (_gate)
        {
            var ticket = new FairTicket(party, owner);
            if (_taken < _places && Waiting == 0)
            {
                _taken++;
                ticket.Settle(true);
                return ticket;
            }

            var own = _lines.GetValueOrDefault(party)?.Tickets.Count ?? 0;
            var longest = Waiting >= _room ? _turns.MaxBy(line => line.Tickets.Count) : null;
            if (Waiting >= _room && (_room == 0 || own + 1 >= longest!.Tickets.Count)) return null;
            if (isHopeless(Waiting) && isHopeless(Ahead(own))) return null;
            if (longest is not null) DropNewest(longest);
            Append(ticket);
            return ticket;
        }
    }

    /// <summary>Leaves the line. False if the ticket was settled before.</summary>
    public bool Leave(FairTicket ticket)
    {
        lock (_gate)
        {
            if (ticket.Node.List is null) return false;
            Remove(_lines[ticket.Party], ticket);
            ticket.Settle(false);
            return true;
        }
    }

    /// <summary>One of those who share a line has one of its own from now on: its tickets go there, in their order.</summary>
    public void Part(Digest shared, Digest owner)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(shared, out var line)) return;
            foreach (var ticket in line.Tickets.Where(ticket => ticket.Owner == owner).ToList())
            {
                Remove(line, ticket);
                ticket.Party = owner;
                Append(ticket);
            }
        }
    }

    /// <summary>Gives a place back: to who is next.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _taken--;
            GiveOut();
        }
    }

    /// <summary>
    /// How many are served at least before a newcomer to a line of <paramref name="own"/>: those, and what the others' turns bring
    /// meanwhile.
    /// </summary>
    private int Ahead(int own) => _turns.Sum(line => Math.Min(line.Tickets.Count, own));

    private void GiveOut()
    {
        while (_taken < _places && _turns.First is { } turn)
        {
            var line = turn.Value;
            var ticket = line.Tickets.First!.Value;
            Remove(line, ticket);
            if (line.Tickets.Count > 0)
            {
                _turns.Remove(line.Turn);
                _turns.AddLast(line.Turn);
            }

            _taken++;
            ticket.Settle(true);
        }
    }

    private void DropNewest(FairLine line)
    {
        var ticket = line.Tickets.Last!.Value;
        Remove(line, ticket);
        ticket.Settle(false);
    }

    private void Append(FairTicket ticket)
    {
        if (!_lines.TryGetValue(ticket.Party, out var line))
        {
            _lines.Add(ticket.Party, line = new FairLine());
            _turns.AddLast(line.Turn);
        }

        line.Tickets.AddLast(ticket.Node);
        Waiting++;
    }

    private void Remove(FairLine line, FairTicket ticket)
    {
        line.Tickets.Remove(ticket.Node);
        Waiting--;
        if (line.Tickets.Count > 0) return;
        _turns.Remove(line.Turn);
        _lines.Remove(ticket.Party);
    }
}
