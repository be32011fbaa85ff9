namespace IslGateway.Caching.Credentials;

/// <summary>A check of one credential at ISL that is under way.</summary>
/// <param name="Answer">Its result; never fails.</param>
/// <param name="BegunAt">When it began, as a timestamp of the time provider.</param>
internal sealed record CredentialProbe(Task<CredentialVerdict> Answer, long BegunAt);
