using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Samples;

/// <summary>The same question with more samples.</summary>
/// <param name="Samples">How many.</param>
/// <param name="Keys">Its keys.</param>
internal readonly record struct RicherQuestion(int Samples, RequestKeys Keys);
