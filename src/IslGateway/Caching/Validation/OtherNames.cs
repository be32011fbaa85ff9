using System.Collections.Frozen;
using System.Text.Json;

namespace IslGateway.Caching.Validation;

/// <summary>
/// The members of an object that its schema does not declare. A field of ISL's models may be known by a second name, of which the schema
/// says nothing: ISL's <c>from</c> and <c>to</c> are also taken as <c>from_node</c> and <c>to_node</c>.
/// </summary>
internal sealed class OtherNames
{
    /// <summary>With more undeclared members than this, each field may be among them.</summary>
    private const int MaxNames = 64;

    /// <summary>Words that no field of a Python class can be called: such a field has another name for certain.</summary>
    private static readonly FrozenSet<string> PythonsWords = FrozenSet.Create(StringComparer.Ordinal,
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "False", "finally",
        "for", "from", "global", "if", "import", "in", "is", "lambda", "None", "nonlocal", "not", "or", "pass", "raise", "return", "True",
        "try", "while", "with", "yield");

    private readonly string[] _bare;
    private readonly bool _areMany;

    private OtherNames(string[] bare, bool areMany) => (_bare, _areMany) = (bare, areMany);

    /// <summary>Those of an object.</summary>
    public static OtherNames In(JsonElement instance, HashSet<string> declared)
    {
        var bare = instance.EnumerateObject().Select(static member => member.Name).Where(name => !declared.Contains(name))
            .Take(MaxNames + 1).Select(Bare).ToArray();
        return new OtherNames(bare, bare.Length > MaxNames);
    }

    /// <summary>
    /// Whether one of them may be the field of this name: they contain each other but for case and punctuation, or the field must have a
    /// second name.
    /// </summary>
    public bool MayHold(string field)
    {
        if (_areMany || (_bare.Length > 0 && !IsPythonName(field))) return true;
        var bare = Bare(field);
        return Array.Exists(_bare, other =>
            other.Contains(bare, StringComparison.Ordinal) || (other.Length > 0 && bare.Contains(other, StringComparison.Ordinal)));
    }

    // Pydantic takes a name with an underscore first for no field.
    private static bool IsPythonName(string name) =>
        name.Length > 0 && char.IsLetter(name[0]) && name.All(static c => char.IsLetterOrDigit(c) || c == '_')
        && !PythonsWords.Contains(name);

    private static string Bare(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
