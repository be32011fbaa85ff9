using System.Runtime.CompilerServices;

namespace IslGateway.Caching.Keys;

/// <summary>One frame for each level that a body may have.</summary>
[InlineArray(CanonicalBody.MaxDepth)]
internal struct CanonicalFrames
{
    private CanonicalFrame _outermost;
}
