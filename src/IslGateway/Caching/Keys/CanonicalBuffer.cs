using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>The canonical bytes of one body: a growing buffer. Not thread-safe. Can be reused; Dispose gives its arrays back.</summary>
/// <param name="budget">Charged with every array; null: no budget is.</param>
internal sealed class CanonicalBuffer(BufferBudget? budget = null) : IDisposable
{
    private byte[] _bytes = [];
    private byte[] _scratch = [];

    public int Length { get; private set; }

    /// <summary>What has been written. Valid until the next call that writes, clears or disposes.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <inheritdoc cref="Written"/>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Room for at least <paramref name="count"/> bytes after those written; <see cref="Advance"/> adds them.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_bytes.Length - Length < count)
            Grow(count);
        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    /// <summary>
    /// Puts the kept members one after the other from <paramref name="start"/> in the given order, over what stood there. The longest one
    /// is moved in place and only the others go through the scratch buffer, so that a large value beside many small ones is moved once per
    /// level.
    /// </summary>
    public void Rearrange(int start, ReadOnlySpan<Member> members)
    {
        var longest = 0;
        var total = 0;
        for (var i = 0; i < members.Length; i++)
        {
            if (members[i].Ignored)
                continue;
            total += members[i].Length;
            if (members[longest].Ignored || members[i].Length > members[longest].Length)
                longest = i;
        }

        if (total == 0)
        {
            Length = start;
            return;
        }

        var others = total - members[longest].Length;
        if (_scratch.Length < others)
        {
            Return(_scratch);
            _scratch = [];
            _scratch = Rent<byte>(others);
        }

        var saved = 0;
        var before = 0;
        for (var i = 0; i < members.Length; i++)
        {
            if (i == longest)
                before = saved;
            else if (!members[i].Ignored)
            {
                _bytes.AsSpan(members[i].Start, members[i].Length).CopyTo(_scratch.AsSpan(saved));
                saved += members[i].Length;
            }
        }

        _bytes.AsSpan(members[longest].Start, members[longest].Length).CopyTo(_bytes.AsSpan(start + before));
        _scratch.AsSpan(0, before).CopyTo(_bytes.AsSpan(start));
        _scratch.AsSpan(before, others - before).CopyTo(_bytes.AsSpan(start + total - (others - before)));
        Length = start + total;
    }

    public void Dispose()
    {
        Length = 0;
        Return(_bytes);
        Return(_scratch);
        _bytes = _scratch = [];
    }

    /// <summary>Makes an array that counts in the budget.</summary>
    public T[] Rent<T>(int length)
        where T : unmanaged => BufferArrays.TryRent<T>(budget, length, out var array) ? array : throw new OverBudgetException();

    /// <summary>Gives back what <see cref="Rent"/> made.</summary>
    public void Return<T>(T[] array)
        where T : unmanaged => BufferArrays.Return(budget, array);

    private void Grow(int count)
    {
        var larger = Rent<byte>(Math.Max(checked(Length + count), 2 * _bytes.Length));
        Written.CopyTo(larger);
        Return(_bytes);
        _bytes = larger;
    }
}
