using System.Runtime.InteropServices;
using IslGateway.Content;

namespace IslGateway.Workflows.Kept;

/// <summary>What tells kept requests apart: the question, and whose entry answers it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeptKey(Digest Question, Digest Owner)
{
    /// <summary>One digest of both.</summary>
    public Digest Whole
    {
        get
        {
            Span<byte> both = stackalloc byte[2 * Digest.Size];
            Question.CopyTo(both);
            Owner.CopyTo(both[Digest.Size..]);
            return Digest.Of(both);
        }
    }
}
