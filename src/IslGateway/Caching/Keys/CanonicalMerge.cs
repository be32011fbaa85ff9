namespace IslGateway.Caching.Keys;

/// <summary>
/// JSON Merge Patch (RFC 7396) on canonical bytes: the canonical form of a merged body from those of its base and its patch. Members that
/// are not sorted keep the base's order, and what a patch adds follows in the patch's.
/// </summary>
internal static class CanonicalMerge
{
    /// <summary>Appends the base with a patch merged into it.</summary>
    /// <exception cref="Content.OverBudgetException">The budget of <paramref name="output"/> has no room.</exception>
    public static void Write(CanonicalObject target, CanonicalObject patch, bool isSorted, CanonicalBuffer output)
    {
        output.Append((byte)'{');
        var added = 0;
        for (var place = 0; place < target.Count; place++)
        {
            var member = target[place];
            if (isSorted) Add(ref added, before: member);
            var change = patch.Find(member);
            if (change < 0) Copy(member);
            else Change(change, target.Inside(place));
        }

        Add(ref added, before: null);
        output.Append((byte)'}');

        // What the patch has and the base has not.
        void Add(ref int next, CanonicalObject.Part? before)
        {
            for (; next < patch.Count && (before is not { } limit || patch[next].IsBefore(limit)); next++)
            {
                if (target.Find(patch[next]) < 0) Change(next, CanonicalObject.Empty);
            }
        }

        // An object is merged, into nothing if need be, since its own nulls say what is not to be there.
        void Change(int place, CanonicalObject into)
        {
            var member = patch[place];
            if (member.IsNull) return;
            if (!member.IsObject)
            {
                Copy(member);
                return;
            }

            Put(member.Name.Span);
            Write(into, patch.Inside(place), isSorted, output);
        }

        void Copy(CanonicalObject.Part member)
        {
            Put(member.Name.Span);
            Put(member.Value.Span);
        }

        void Put(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(output.Reserve(bytes.Length));
            output.Advance(bytes.Length);
        }
    }
}
