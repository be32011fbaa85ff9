using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace IslGateway.Settings.Reading;

/// <summary>Turns the text of one setting into the value of its property, or says what is expected instead.</summary>
internal static class ScalarText
{
    private const string Off = "off";

    // Dear to find out, and asked for each row of the endpoint table.
    private static readonly ConcurrentDictionary<PropertyInfo, bool> MayBeUnset = new();

    public static bool TryParse(PropertyInfo property, string text, out object? value, out string? rule)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(string))
        {
            return TryText(property, text, out value, out rule);
        }

        value = null;
        text = text.Trim();
        if (text.Length == 0)
        {
            rule = "must not be empty";
            return false;
        }

        rule = type switch
        {
            _ when type.IsEnum => Word(type, text, out value),
            _ when type == typeof(bool) => Flag(text, out value),
            _ when type == typeof(TimeSpan) => Duration(property, text, out value),
            _ when property.GetCustomAttribute<ByteSizeAttribute>() is { } range => Size(range, text, out value),
            _ when type == typeof(int) => Whole(property, text, out value),
            _ when type == typeof(double) => Number(property, text, out value),
            _ => throw new NotSupportedException($"{property.DeclaringType?.Name}.{property.Name} has no notation."),
        };
        return rule is null;
    }

    // Empty text unsets a setting that may be unset: container files pass variables on that may be empty.
    private static bool TryText(PropertyInfo property, string text, out object? value, out string? rule)
    {
        var unsettable = MayBeUnset.GetOrAdd(
            property, static asked => new NullabilityInfoContext().Create(asked).WriteState == NullabilityState.Nullable);
        value = unsettable && string.IsNullOrWhiteSpace(text) ? null : text;
        var words = property.GetCustomAttribute<OneOfAttribute>()?.Words;
        rule = words is null || words.Contains(text, StringComparer.Ordinal) ? null : $"must be {Choice(words)}";
        return rule is null;
    }

    private static string? Word(Type type, string text, out object? value)
    {
        var names = Enum.GetNames(type);
        var name = names.FirstOrDefault(candidate => candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = name is null ? null : Enum.Parse(type, name);
        return name is null ? $"must be {Choice(names)}" : null;
    }

    private static string? Flag(string text, out object? value)
    {
        var parsed = bool.TryParse(text, out var flag);
        value = flag;
        return parsed ? null : "must be true or false";
    }

    private static string? Duration(PropertyInfo property, string text, out object? value)
    {
        value = null;
        var range = property.GetCustomAttribute<DurationRangeAttribute>();
        if (range is { AcceptsOff: true } && text.Equals(Off, StringComparison.OrdinalIgnoreCase))
        {
            value = Timeout.InfiniteTimeSpan;
            return null;
        }

        if (!DurationText.TryParse(text, out var duration, out var rule))
        {
            return range is { AcceptsOff: true } ? $"{rule}, or {Off}" : rule;
        }

        value = duration;
        return range is not null
            && (duration < DurationText.Parse(range.Minimum) || duration > DurationText.Parse(range.Maximum))
            ? $"must be between {range.Minimum} and {range.Maximum}"
            : null;
    }

    private static string? Size(ByteSizeAttribute range, string text, out object? value)
    {
        value = null;
        if (!SizeText.TryParse(text, out var bytes, out var rule))
        {
            return rule;
        }

        value = bytes;
        return bytes < SizeText.Parse(range.Minimum) || bytes > SizeText.Parse(range.Maximum)
            ? $"must be between {range.Minimum} and {range.Maximum}"
            : null;
    }

    private static string? Whole(PropertyInfo property, string text, out object? value)
    {
        var parsed = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
        value = number;
        return parsed ? OutOfRange(property, number) : "must be a whole number";
    }

    private static string? Number(PropertyInfo property, string text, out object? value)
    {
        var parsed = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);
        value = number;
        return parsed ? OutOfRange(property, number) : "must be a number";
    }

    private static string? OutOfRange(PropertyInfo property, double number) =>
        property.GetCustomAttribute<NumberRangeAttribute>() is { } range && (number < range.Minimum || number > range.Maximum)
            ? string.Create(CultureInfo.InvariantCulture, $"must be between {range.Minimum} and {range.Maximum}")
            : null;

    private static string Choice(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";
}
