namespace IslGateway.Settings;

/// <summary>The text of <c>Isl:BaseUrl</c>: one address, or several separated by <c>;</c>.</summary>
internal static class ReplicaAddresses
{
    private const StringSplitOptions Tidy = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    public static string[] Texts(string? text) => text?.Split(';', Tidy) ?? [];

    /// <summary>The absolute addresses in the text; anything else is left for the rules to refuse.</summary>
    public static IReadOnlyList<Uri> Split(string? text)
    {
        var addresses = new List<Uri>();
        foreach (var part in Texts(text))
        {
            if (Uri.TryCreate(part, UriKind.Absolute, out var address))
            {
                addresses.Add(address);
            }
        }

        return addresses;
    }
}
