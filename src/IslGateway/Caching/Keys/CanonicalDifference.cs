using static IslGateway.Caching.Keys.CanonicalTokens;

namespace IslGateway.Caching.Keys;

/// <summary>
/// The first place at which two bodies differ once both are canonical (<see cref="CanonicalWriter"/>): the bytes that digests are made of,
/// so that there is a difference if and only if the digests differ.
/// </summary>
/// <param name="At">JSON pointer to the place.</param>
/// <param name="Kind">One of the kinds below.</param>
internal sealed record CanonicalDifference(string At, string Kind)
{
    /// <summary>Both have something there, and not the same.</summary>
    public const string Value = "value";

    /// <summary>Only one has anything there.</summary>
    public const string Missing = "missing";

    /// <summary>Both have the member, but not in the same place among its object's, where that counts.</summary>
    public const string Order = "order";

    /// <summary>Compares two canonical bodies of one row; null if they are the same.</summary>
    public static CanonicalDifference? Find(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length && common == right.Length) return null;
        var places = new Stack<Place>();
        var at = DomainLength(left);
        while (at + LengthAt(left, at) <= common) at += Pass(left, at, places);
        return DifferenceAt(left, right, at, places);
    }

    /// <summary>Takes in a token that both have.</summary>
    /// <returns>Its length.</returns>
    private static int Pass(ReadOnlySpan<byte> body, int at, Stack<Place> places)
    {
        var length = LengthAt(body, at);
        var isName = places.TryPeek(out var place) && place.WantsName;
        switch (body[at])
        {
            case (byte)'}' or (byte)']':
                places.Pop();
                if (places.TryPeek(out var outer)) outer.Next();
                break;
            case (byte)'{' or (byte)'[':
                places.Push(new Place(body[at] == (byte)'{'));
                break;
            default:
                if (isName) place!.Name = TextAt(body, at);
                else place?.Next();
                break;
        }

        return length;
    }

    private static CanonicalDifference DifferenceAt(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int at, Stack<Place> places)
    {
        if (!places.TryPeek(out var place)) return new CanonicalDifference("", Value);
        if (!place.WantsName)
        {
            var hasEnded = !place.IsObject && (left[at] == (byte)']' || right[at] == (byte)']');
            return new CanonicalDifference(Pointer(places), hasEnded ? Missing : Value);
        }

        // Names are in order where their order does not count, so of two that differ the smaller one is missing in the other body.
        var (mine, theirs) = (NameAt(left, at), NameAt(right, at));
        if (mine is null || theirs is null) return Under(places, (mine ?? theirs)!, Missing);
        if (left[0] is (byte)'S' or (byte)'s')
            return Under(places, Utf8Order(left, right, at) < 0 ? mine : theirs, Missing);
        return !HasName(right, at, mine) ? Under(places, mine, Missing)
            : !HasName(left, at, theirs) ? Under(places, theirs, Missing)
            : Under(places, mine, Order);
    }

    private static CanonicalDifference Under(Stack<Place> places, string name, string kind)
    {
        places.Peek().Name = name;
        return new CanonicalDifference(Pointer(places), kind);
    }

    private static string Pointer(Stack<Place> places) =>
        JsonTrail.PointerOf(places.Reverse().Select(place => place.IsObject ? place.Name ?? "" : JsonTrail.Number(place.Index)));

    /// <summary>Whether the rest of the object that is open at a name has a member of that name.</summary>
    private static bool HasName(ReadOnlySpan<byte> body, int at, string name)
    {
        while (body[at] != (byte)'}')
        {
            if (TextAt(body, at) == name) return true;
            at += LengthAt(body, at);
            at += ValueLengthAt(body, at);
        }

        return false;
    }

    private static int Utf8Order(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int at) =>
        BytesAt(left, at).SequenceCompareTo(BytesAt(right, at));

    private static string? NameAt(ReadOnlySpan<byte> body, int at) => body[at] == (byte)'}' ? null : TextAt(body, at);

    /// <summary>An open array or object.</summary>
    private sealed class Place(bool isObject)
    {
        public bool IsObject => isObject;

        /// <summary>Whether a member's name, or the object's end, comes next.</summary>
        public bool WantsName => isObject && Name is null;

        /// <summary>The member that was begun.</summary>
        public string? Name { get; set; }

        /// <summary>The element that comes next.</summary>
        public int Index { get; private set; }

        /// <summary>A value has ended.</summary>
        public void Next()
        {
            Name = null;
            Index++;
        }
    }
}
