using System.Globalization;
using System.Text;

namespace IslGateway.Caching.Keys;

/// <summary>The place in a JSON document that a walk over its tokens has come to, as a JSON pointer (RFC 6901).</summary>
internal sealed class JsonTrail
{
    /// <summary>A pointer is for people: what is longer ends in an ellipsis.</summary>
    private const int MaxLength = 1_000;

    private readonly Stack<Step> _steps = new();

    /// <summary>The members so far of all objects that are open.</summary>
    public int Members { get; private set; }

    /// <summary>An object or array begins.</summary>
    public void Open(bool isObject)
    {
        Value();
        _steps.Push(new Step(isObject));
    }

    /// <summary>It ends.</summary>
    public void Close() => Members -= _steps.Pop().Names?.Count ?? 0;

    /// <summary>A member begins.</summary>
    /// <returns>False if its object has had one of that name.</returns>
    public bool Enter(string name)
    {
        _steps.Peek().Name = name;
        if (!_steps.Peek().Names!.Add(name)) return false;
        Members++;
        return true;
    }

    /// <summary>A value begins: in an array it is the next element.</summary>
    public void Value()
    {
        if (_steps.TryPeek(out var step) && step.Names is null) step.Index++;
    }

    /// <summary>The pointer to the member or element that was begun last.</summary>
    public override string ToString() =>
        PointerOf(_steps.Reverse().Select(step => step.Names is null ? Number(step.Index) : step.Name ?? ""));

    /// <summary>The pointer to a place.</summary>
    public static string PointerOf(IEnumerable<string> segments)
    {
        var pointer = new StringBuilder();
        foreach (var segment in segments)
        {
            pointer.Append('/').Append(segment.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
            if (pointer.Length > MaxLength) return pointer.ToString(0, MaxLength) + "…";
        }

        return pointer.ToString();
    }

    /// <summary>An array's index as a segment.</summary>
    public static string Number(int index) => index.ToString(CultureInfo.InvariantCulture);

    private sealed class Step(bool isObject)
    {
        public HashSet<string>? Names { get; } = isObject ? new HashSet<string>(StringComparer.Ordinal) : null;

        public string? Name { get; set; }

        public int Index { get; set; } = -1;
    }
}
