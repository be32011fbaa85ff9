using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>A change to a field, to be made if it still holds what was read.</summary>
/// <param name="Mine">What it is for.</param>
/// <param name="Owed">The version in the outbox that it settles; 0: none.</param>
/// <param name="Token">The token to write.</param>
/// <param name="Stamp">Its stamp; null: the field is to be removed.</param>
/// <param name="IsLoss">Whether Redis holds less than it did.</param>
internal sealed record TokenWrite(SharedToken Mine, long Owed, Digest Token, long? Stamp, bool IsLoss)
{
    public static TokenWrite Removal(string field) => new(new SharedToken(field), 0, default, null, IsLoss: false);
}
