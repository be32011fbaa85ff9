using System.Security.Cryptography;
using System.Text.Json;

namespace IslGateway.Endpoints;

/// <summary>
/// Names a row's rules on what is one question and what may be stored. Being part of every key, the name keeps answers that were filed
/// under other rules, laxer ones perhaps, out of reach. Lifetimes are not in it: of those the smaller counts. Nor is what only compares.
/// </summary>
internal static class RowRules
{
    /// <summary>Equal for equal rules, in whatever order sets were written.</summary>
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
