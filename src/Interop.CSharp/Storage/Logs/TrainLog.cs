namespace MtrlFunctional.Storage;

/// <summary>
/// <c>train.log</c>: a line where the log is due and for each evaluation, formatted by <see cref="MtrlFunctional.Experiments"/>.
/// Not thread-safe.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="position">0 for a new run, or <see cref="RunLog.Position"/> of the resumed checkpoint.</param>
/// <exception cref="MtrlException">The file cannot be written.</exception>
public sealed class TrainLog(string path, long position = 0) : RunLog(path, position)
{
    /// <summary>Appends a line.</summary>
    /// <param name="line">Without line feed.</param>
    /// <exception cref="MtrlException">The disk is full or failed; the line is not there, the others are.</exception>
    public void Append(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));
}
