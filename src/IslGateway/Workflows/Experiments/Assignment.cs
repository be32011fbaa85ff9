using System.Buffers.Binary;
using IslGateway.Content;

namespace IslGateway.Workflows.Experiments;

/// <summary>
/// Which arm a body belongs to: that in whose part of the line from 0 to 1 a number falls that is made of the experiment's name and the
/// canonical body. So a body has the same arm at every gateway and after every restart, and what it has in one experiment says nothing of
/// another.
/// </summary>
internal static class Assignment
{
    /// <summary>The index of the arm.</summary>
    /// <param name="name">The experiment's name.</param>
    /// <param name="body">Digest of the canonical body.</param>
    /// <param name="shares">The arms' shares, which are 1 together; the last arm also has what rounding leaves.</param>
    public static int Of(string name, Digest body, IReadOnlyList<double> shares)
    {
        Span<byte> parts = stackalloc byte[2 * Digest.Size];
        Digest.OfText(name).CopyTo(parts);
        body.CopyTo(parts[Digest.Size..]);
        Span<byte> drawn = stackalloc byte[Digest.Size];
        Digest.Of(parts).CopyTo(drawn);

        // 53 bits: as many as a double of that size holds exactly.
        var place = (BinaryPrimitives.ReadUInt64BigEndian(drawn) >> 11) * (1.0 / (1UL << 53));
        var (end, last) = (0.0, 0);
        for (var arm = 0; arm < shares.Count; arm++)
        {
            if (shares[arm] <= 0) continue;
            end += shares[arm];
            last = arm;
            if (place < end) return arm;
        }

        return last;
    }
}
