using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>The keys of a body within a frame, one for each epoch: whoever asks the same again need not compose them anew.</summary>
/// <param name="Frame">What else they were composed of.</param>
/// <param name="Keys">The keys, in the order of the frame's epochs.</param>
internal sealed record FinishedKeys(KeyFrame Frame, Digest[] Keys);
