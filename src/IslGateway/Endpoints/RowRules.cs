using System.Security.Cryptography;
using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>
/// A digest of a row's rules on what is the same question and what may be stored. Since it is part of every key, answers that were stored
/// under other, perhaps laxer, rules are not found. Lifetimes are left out, because the shorter one counts anyway, and so are rules that
/// only affect comparisons.
/// </summary>
internal static class RowRules
{
    /// <summary>Equal for equal rules, in whatever order sets are written.</summary>
    public static byte[] DigestOf(EndpointRow row)
    {
        string[][] rules =
        [
            [row.Cache.ToString(), row.KeyOrder.ToString(), row.BodyFingerprint.ToString(), row.CredentialScope.ToString()],
            Set(row.KeyHeaders.Select(name => name.ToLowerInvariant())),
            Set(row.IgnoreFields.Select(pointer => pointer.Text)),
            [.. row.FingerprintAt.Select(pointer => pointer.Text)],
            Set(row.EchoedId.Select(pointer => pointer.Text)),
            Set(row.NeverStoreWhen.Select(condition => condition.Text)),
            [row.SessionUser?.Text ?? "", .. Set(row.InvalidatedBy)],
        ];
        return SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(rules));
    }

    private static string[] Set(IEnumerable<string> words) => [.. words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
