using System.Globalization;
using System.Text;

namespace IslGateway.Workflows.Compare;

/// <summary>The way from the root of an answer to where a comparison stands.</summary>
internal sealed class AnswerTrail
{
    /// <summary>Characters of a pointer that are shown; member names come from an answer and may be of any length.</summary>
    private const int LongestPointer = 200;

    /// <summary>As in the endpoint table's pointers.</summary>
    private const char AnyIndex = '*';

    private readonly List<(string? Member, int Index)> _steps = [];

    /// <summary>How many steps it has.</summary>
    public int Depth => _steps.Count;

    public void Enter(string member) => _steps.Add((member, 0));

    public void Enter(int index) => _steps.Add((null, index));

    public void Leave() => _steps.RemoveAt(_steps.Count - 1);

    /// <summary>The place as a JSON pointer in which every number in a list is <c>*</c>.</summary>
    public string Folded() => Written(isFolded: true);

    /// <summary>The place as a JSON pointer.</summary>
    public string Pointer() => Written(isFolded: false);

    private string Written(bool isFolded)
    {
        var text = new StringBuilder();
        foreach (var (member, index) in _steps)
        {
            text.Append('/');
            if (member is not null) AppendMember(text, member);
            else if (isFolded) text.Append(AnyIndex);
            else text.Append(CultureInfo.InvariantCulture, $"{index}");
            if (text.Length > LongestPointer) return $"{text.ToString(0, LongestPointer)}…";
        }

        return text.ToString();
    }

    private static void AppendMember(StringBuilder text, string member)
    {
        foreach (var letter in member.AsSpan(0, Math.Min(member.Length, LongestPointer + 1)))
        {
            if (letter == '~') text.Append("~0");
            else if (letter == '/') text.Append("~1");
            else text.Append(char.IsControl(letter) ? '?' : letter);
        }
    }
}
