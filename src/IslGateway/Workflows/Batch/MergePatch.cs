using System.Text.Json;
using IslGateway.Content;

namespace IslGateway.Workflows.Batch;

/// <summary>
/// JSON Merge Patch (RFC 7396) on texts: the members of the base keep their order and their spelling; what a patch adds follows in the
/// patch's order. Of the base nothing is read but what the patch reaches into.
/// </summary>
internal static class MergePatch
{
    /// <summary>Appends the base with a patch merged into it.</summary>
    /// <returns>Whether there was room for all of it.</returns>
    /// <exception cref="JsonException">
    /// The patch is no object, or it, or what it reaches into, has a member twice.
    /// </exception>
    public static BufferOutcome Write(MergeBase target, ReadOnlyMemory<byte> patch, PooledBuffer output)
    {
        var writer = new Writer(output);
        writer.Merge(target, new MergeBase(patch));
        return writer.Outcome;
    }

    private sealed class Writer(PooledBuffer output)
    {
        public BufferOutcome Outcome { get; private set; }

        public void Merge(MergeBase target, MergeBase patch)
        {
            Put("{"u8);
            var isFirst = true;
            for (var place = 0; place < target.Count; place++)
            {
                var change = patch.Find(target.NameOf(place));
                if (change >= 0 && IsNull(patch.ValueOf(change))) continue;
                Part(ref isFirst);
                if (change < 0)
                {
                    Put(target.TextOf(place).Span);
                    continue;
                }

                Put(target.HeadOf(place).Span);
                Change(patch, change, MergeBase.IsObject(patch.ValueOf(change)) ? target.Inside(place) : MergeBase.Empty);
            }

            for (var place = 0; place < patch.Count; place++)
            {
                if (target.Find(patch.NameOf(place)) >= 0 || IsNull(patch.ValueOf(place))) continue;
                Part(ref isFirst);
                Put(patch.HeadOf(place).Span);
                Change(patch, place, MergeBase.Empty);
            }

            Put("}"u8);
        }

        /// <summary>An object is merged, into nothing if need be, since its own nulls say what is not to be there.</summary>
        private void Change(MergeBase patch, int place, MergeBase target)
        {
            if (MergeBase.IsObject(patch.ValueOf(place))) Merge(target, patch.Inside(place));
            else Put(patch.ValueOf(place).Span);
        }

        private void Part(ref bool isFirst)
        {
            if (!isFirst) Put(","u8);
            isFirst = false;
        }

        private void Put(ReadOnlySpan<byte> text)
        {
            if (Outcome == BufferOutcome.Ok) Outcome = output.Append(text);
        }

        private static bool IsNull(ReadOnlyMemory<byte> value) => value.Span.SequenceEqual("null"u8);
    }
}
