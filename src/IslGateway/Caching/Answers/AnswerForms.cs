using System.Runtime.InteropServices;
using IslGateway.Content;

namespace IslGateway.Caching.Answers;

/// <summary>
/// The forms in which one body is held: plain, packed, or both. Most callers ask for one form alone, so the first packed form takes the
/// place of the plain one. A form that has to be made again stays beside the other until only the other was asked for, many times in a row;
/// each time that this was too early, it has to be twice as many times.
/// <code>
///   plain --(first asked for packed)--> packed --(asked for plain)--> both --(one alone, 64, 128, 256 … times)--> that one
/// </code>
/// So of a mixed stream of callers no more than a few pay for a form. Reading takes no lock; what changes a form is called under the
/// answer's.
/// </summary>
internal struct AnswerForms
{
    /// <summary>How often in a row one form alone is asked for before the other is let go the first time.</summary>
    public const int Patience = 64;

    private const int MostDoublings = 16;

    private byte[]? _plain;
    private PackedAnswer? _packed;
    private readonly int _length;

    /// <summary>How often in a row the packed form was asked for or, below zero, the plain one; counted only while both are held.</summary>
    private int _inRow;

    /// <summary>How often a form was made.</summary>
    private byte _made;
    private bool _isIncompressible;

    public AnswerForms(ReadOnlyMemory<byte> plain)
    {
        _plain = MemoryMarshal.TryGetArray(plain, out var part) && part.Array!.Length == plain.Length ? part.Array : plain.ToArray();
        _length = plain.Length;
    }

    /// <summary>Bytes of the plain form.</summary>
    public readonly int Length => _length;

    /// <summary>Bytes of memory that the forms take.</summary>
    public readonly long Size =>
        (Volatile.Read(in _plain) is { } plain ? HeapSize.OfArray(plain.Length) : 0) + (Volatile.Read(in _packed)?.Size ?? 0);

    public readonly bool AreBoth => Volatile.Read(in _plain) is not null && Volatile.Read(in _packed) is not null;

    /// <summary>The plain form where no other is held; else null.</summary>
    public readonly byte[]? PlainAlone => Volatile.Read(in _packed) is null ? Volatile.Read(in _plain) : null;

    /// <summary>The plain form as it is held, or unpacked for this one time.</summary>
    public readonly byte[] Peek()
    {
        while (true)
        {
            if (Volatile.Read(in _plain) is { } plain) return plain;
            if (Volatile.Read(in _packed) is { } packed) return packed.Unpack();
        }
    }

    /// <summary>The plain form for a caller.</summary>
    /// <returns>Null if it has to be made.</returns>
    public byte[]? AskPlain()
    {
        var plain = Volatile.Read(ref _plain);
        if (plain is not null && Volatile.Read(ref _packed) is not null) _inRow = _inRow < 0 ? _inRow - 1 : -1;
        return plain;
    }

    /// <summary>The packed form for a caller.</summary>
    /// <returns>Null if it has to be made.</returns>
    public PackedAnswer? AskPacked()
    {
        var packed = Volatile.Read(ref _packed);
        if (packed is not null && Volatile.Read(ref _plain) is not null) _inRow = _inRow > 0 ? _inRow + 1 : 1;
        return packed;
    }

    /// <summary>Whether it is time to let the form go that was not asked for.</summary>
    public readonly bool IsOneTooMany => Math.Abs(_inRow) >= Patience << Math.Clamp(_made - 2, 0, MostDoublings);

    /// <summary>Makes the packed form. Null if there is no room to, or it would be no smaller.</summary>
    public PackedAnswer? Pack(IReadOnlyList<int> gaps, BufferBudget room)
    {
        if (_isIncompressible || PackedAnswer.TryMake(Peek(), gaps, room) is not { } made) return null;
        _isIncompressible = !made.IsSmaller;
        return made.IsSmaller ? made : null;
    }

    /// <summary>Takes a packed form in.</summary>
    /// <param name="made">It.</param>
    /// <param name="instead">Whether the plain one may be let go.</param>
    /// <returns>It, or the one that somebody else took in before.</returns>
    public PackedAnswer Take(PackedAnswer made, bool instead)
    {
        if (_packed is { } theirs) return theirs;
        Volatile.Write(ref _packed, made);
        if (_made == 0 && instead) Volatile.Write(ref _plain, null);
        Remade();
        return made;
    }

    /// <summary>The plain form, made if it is missing: once, while others who want it wait for whoever makes it.</summary>
    public byte[] Unpack()
    {
        if (_plain is { } there) return there;
        var made = _packed!.Unpack();
        Volatile.Write(ref _plain, made);
        Remade();
        return made;
    }

    /// <summary>Lets the form go, of two, that was not asked for last.</summary>
    /// <returns>Whether there were two.</returns>
    public bool LetOneGo()
    {
        if (!AreBoth) return false;
        if (_inRow < 0) Volatile.Write(ref _packed, null);
        else Volatile.Write(ref _plain, null);
        _inRow = 0;
        return true;
    }

    private void Remade()
    {
        _made = (byte)Math.Min(byte.MaxValue, _made + 1);
        _inRow = 0;
    }
}
