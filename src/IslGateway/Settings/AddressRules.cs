using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>The rules for <c>Isl:BaseUrl</c>.</summary>
internal static class AddressRules
{
    private const string Key = "Isl:BaseUrl";

    public static void Check(string? text, bool isDevelopment, SettingsReport report)
    {
        var addresses = ReplicaAddresses.Texts(text);
        if (addresses.Length == 0 && (text is not null || !isDevelopment))
        {
            report.Add(Key, null, "must be set outside Development: ISL's address, or several separated by ;");
        }

        var seen = new HashSet<Uri>();
        foreach (var address in addresses)
        {
            if (Fault(address, seen) is { } fault)
            {
                report.Add(Key, Shown(address), fault);
            }
        }
    }

    private static string? Fault(string address, HashSet<Uri> seen)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
        {
            return "must be an absolute http or https address, such as http://isl:8000";
        }

        if (uri.UserInfo.Length > 0 || address.Contains('@', StringComparison.Ordinal))
        {
            return "must not hold a user or password";
        }

        if (address.AsSpan().ContainsAny('?', '#'))
        {
            return "must not have a query or fragment";
        }

        return seen.Add(uri) ? null : "is named twice";
    }

    // The address may be refused because of a user, password or token in it, which must not be shown.
    private static string Shown(string address) => address.AsSpan().ContainsAny('@', '?', '#') ? SettingsError.Hidden : address;
}
