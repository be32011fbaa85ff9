using IslGateway.Content;

namespace IslGateway.Caching.Filling;

/// <summary>
/// A number of places, and the lines of those who wait for one: a line per party, oldest ticket first. Parties take turns, so a line of a
/// thousand delays the first of another party by one turn only. When the waiting room is full, a newcomer in a shorter line takes the last
/// place of the longest line. Every step takes constant time, except that a full room and a doubtful wait need a look at all lines.
/// </summary>
internal sealed class FairQueue
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, FairLine> _lines = [];

    /// <summary>The lines, in the order of their turns.</summary>
    private readonly LinkedList<FairLine> _turns = [];

    private int _places;
    private int _room;

    /// <summary>May exceed the number of places after that was lowered.</summary>
    private int _taken;

    /// <summary>How many places there are.</summary>
    public int Places => Volatile.Read(ref _places);

    /// <summary>How many places are taken.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>How many tickets wait.</summary>
    public int Waiting { get; private set; }

    /// <summary>Sets how many places there are and how many may wait. Whoever has a place or waits already is not affected.</summary>
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

    /// <summary>Takes a place, or waits in line for one; null if there is no room to wait.</summary>
    /// <param name="party">The party whose line it joins.</param>
    /// <param name="owner">The owner of the place, where several owners share a line.</param>
    /// <param name="isHopeless">
    /// Asked before waiting, with the number of tickets that will be served first: once with the largest possible number and, if that says
    /// true, with the smallest. If both say true the caller does not wait.
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

    /// <summary>Leaves the line. False if the ticket had a place, or had been sent away, before.</summary>
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

    /// <summary>Gives an owner, until now in a shared line, a line of its own: its tickets move there, in their order.</summary>
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

    /// <summary>Gives a place back; the next ticket gets it.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _taken--;
            GiveOut();
        }
    }

    /// <summary>
    /// The least number of tickets that are served before a newcomer to a line of <paramref name="own"/>: those, and as many of each other
    /// line as the turns bring meanwhile.
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
