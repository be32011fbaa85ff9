namespace IslGateway.Caching.Answers;

/// <summary>Keeps an answer, and counts its bytes.</summary>
internal interface IAnswerKeeper
{
    /// <summary>The answer holds more or less than before: <see cref="StoredAnswer.Size"/> says how much.</summary>
    void Changed();
}
