namespace IslGateway.Redis;

/// <summary>A record that was found.</summary>
/// <param name="Content">What it says.</param>
/// <param name="Age">How old it is.</param>
/// <param name="IsVouchedFor">
/// Whether it may be believed: one of our keys has signed it, or there are no keys. A gateway without keys, or with others, may believe it
/// in any case.
/// </param>
internal readonly record struct AgedRecord(byte[] Content, TimeSpan Age, bool IsVouchedFor);
