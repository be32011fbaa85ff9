namespace IslGateway.Caching.Credentials;

/// <summary>A question to ISL about one credential, under way.</summary>
/// <param name="Answer">What it comes to; never fails.</param>
/// <param name="BegunAt">When it was asked, as a timestamp of the time provider.</param>
internal sealed record CredentialProbe(Task<CredentialVerdict> Answer, long BegunAt);
