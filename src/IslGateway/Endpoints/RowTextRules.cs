using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Endpoints;

/// <summary>The notations inside a row: header names, JSON pointers and conditions.</summary>
internal static class RowTextRules
{
    public static void Check(string key, EndpointOptions row, SettingsReport report)
    {
        foreach (var header in row.KeyHeaders ?? [])
        {
            if (Grammar.FaultOfHeader(header) is { } fault) report.Add($"{key}:{nameof(row.KeyHeaders)}", header, fault);
        }

        CheckPointers($"{key}:{nameof(row.IgnoreFields)}", row.IgnoreFields, report);
        CheckPointers($"{key}:{nameof(row.FingerprintAt)}", row.FingerprintAt, report);
        CheckPointers($"{key}:{nameof(row.EchoedId)}", row.EchoedId, report);
        CheckPointers($"{key}:{nameof(row.VolatileFields)}", row.VolatileFields, report);
        CheckPointers($"{key}:Session:User", row.Session?.User is { } user ? [user] : null, report);
        CheckConditions($"{key}:{nameof(row.NeverStoreWhen)}", row.NeverStoreWhen ?? [], report);
    }

    public static void CheckConditions(string key, string[] conditions, SettingsReport report)
    {
        foreach (var condition in conditions)
        {
            if (!StoreCondition.TryParse(condition, out _, out var error)) report.Add(key, condition, error);
        }
    }

    private static void CheckPointers(string key, string[]? pointers, SettingsReport report)
    {
        foreach (var pointer in pointers ?? [])
        {
            if (pointer.Length == 0)
            {
                report.Add(key, pointer, "must not name the whole document");
            }
            else if (!JsonPointer.TryParse(pointer, out _, out var error))
            {
                report.Add(key, pointer, error);
            }
        }
    }
}
