namespace IslGateway.Caching.Keys;

/// <summary>The members of all open objects, innermost last; their keys are read from the canonical bytes.</summary>
internal sealed class MemberStack : IDisposable
{
    /// <summary>Bytes of a key's tag and length, which precede the key.</summary>
    public const int KeyHeader = 1 + sizeof(int);

    private readonly CanonicalBuffer _buffer;
    private readonly Comparison<Member> _byKey;
    private Member[] _members = [];

    public MemberStack(CanonicalBuffer buffer)
    {
        _buffer = buffer;
        _byKey = Compare;
    }

    public int Count { get; private set; }

    public ref Member Last => ref _members[Count - 1];

    public Span<Member> From(int first) => _members.AsSpan(first, Count - first);

    /// <summary>False if too many members are open already.</summary>
    public bool TryPush(in Member member)
    {
        if (Count == CanonicalBody.MaxMembers)
            return false;
        if (Count == _members.Length)
            Grow();
        _members[Count++] = member;
        return true;
    }

    public void PopTo(int count) => Count = count;

    /// <summary>Compares keys by UTF-8 bytes, which is the order of code points; zero means the same key.</summary>
    public int Compare(Member left, Member right)
    {
        var byPrefix = left.Prefix.CompareTo(right.Prefix);
        return byPrefix != 0 ? byPrefix : Key(left).SequenceCompareTo(Key(right));
    }

    /// <summary>Sorts the members from <paramref name="first"/> on by key; false if a key is repeated.</summary>
    public bool TrySort(int first)
    {
        var members = From(first);
        members.Sort(_byKey);
        for (var i = 1; i < members.Length; i++)
        {
            if (Compare(members[i - 1], members[i]) == 0)
                return false;
        }

        return true;
    }

    public void Dispose()
    {
        _buffer.Return(_members);
        _members = [];
        Count = 0;
    }

    private ReadOnlySpan<byte> Key(in Member member) => _buffer.Written.Slice(member.Start + KeyHeader, member.KeyLength);

    private void Grow()
    {
        var larger = _buffer.Rent<Member>(Math.Max(32, 2 * _members.Length));
        From(0).CopyTo(larger);
        _buffer.Return(_members);
        _members = larger;
    }
}
