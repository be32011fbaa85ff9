using System.Text;
using IslGateway.Content;

namespace IslGateway.Workflows.Batch;

/// <summary>Digests by which the items of one call are told apart. They never leave it.</summary>
internal static class Questions
{
    /// <param name="head">What is asked beside the body.</param>
    /// <param name="body">The body; null: there is none.</param>
    public static Digest DigestOf(string head, ReadOnlyMemory<byte>? body)
    {
        // The body's own digest has one length, so that no head can be taken for another with a part of a body.
        var text = Encoding.UTF8.GetBytes(head);
        var whole = new byte[text.Length + Digest.Size];
        text.CopyTo(whole, 0);
        if (body is { } bytes) Digest.Of(bytes.Span).CopyTo(whole.AsSpan(text.Length));
        return Digest.Of(whole);
    }
}
