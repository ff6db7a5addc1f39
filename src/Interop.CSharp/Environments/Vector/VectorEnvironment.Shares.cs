using MtrlFunctional.Processes;

namespace MtrlFunctional.Environments;

/// <content>Environments that several processes step together: each a share of them, and all have the results of all.</content>
public sealed partial class VectorEnvironment
{
    private (int Rank, int Size) _share = (0, 1);

    // The processes that have each other's results.
    private Crew? _crew;

    /// <summary>Whether this process steps an environment.</summary>
    internal bool IsPlayedHere(int index) => RankOf(index) == _share.Rank;

    /// <summary>The process that steps an environment.</summary>
    internal int RankOf(int index) => index % _share.Size;

    /// <summary>Steps a share of the environments from now on; the others stay as they are.</summary>
    internal void PlayShareOf(Crew crew) => _share = (crew.Rank, crew.Size);

    /// <summary>Steps a share of the environments from now on, and has the results of all; every process of a crew calls the same
    /// functions in the same order.</summary>
    internal void ShareWith(Crew crew)
    {
        PlayShareOf(crew);
        _crew = crew;
    }

    /// <summary>Tells the other processes of the newest steps or resets, with rows of observations.</summary>
    private void ShareResults(float[] rows) => Share(
        (i, writer) =>
        {
            writer.Write(MemoryMarshal.AsBytes(RowOf(rows, i)));
            writer.Write(_rewards[i]);
            writer.Write(_returns[i]);
            writer.Write(_unstableSteps[i]);
            foreach (var flags in Flags)
                writer.Write(flags[i]);
        },
        (i, reader) =>
        {
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(RowOf(rows, i)));
            _rewards[i] = reader.ReadSingle();
            _returns[i] = reader.ReadDouble();
            _unstableSteps[i] = reader.ReadInt64();
            foreach (var flags in Flags)
                flags[i] = reader.ReadBoolean();
        });

    private void SharePictures()
    {
        if (_pictures is { } pictures)
            Share((i, writer) => writer.Write(pictures.FramesOf(i)), (i, reader) => reader.BaseStream.ReadExactly(pictures.MemoryOf(i)));
    }

    private void ShareStates(EpisodeState[] states) => Share(
        (i, writer) => writer.Write(JsonSerializer.Serialize(states[i], Crew.Json)),
        (i, reader) => states[i] = JsonSerializer.Deserialize<EpisodeState>(reader.ReadString(), Crew.Json)!);

    private bool[][] Flags => [_success, _definesSuccess, _terminated, _truncated, _unstable, _succeeded];

    // None where environments are observed as pictures.
    private Span<float> RowOf(float[] rows, int i) => rows.AsSpan(i * (rows.Length / Count), rows.Length / Count);

    private void Share(Action<int, BinaryWriter> write, Action<int, BinaryReader> read) => _crew!.Exchange(
        writer =>
        {
            foreach (var i in Enumerable.Range(0, Count).Where(IsPlayedHere))
            {
                writer.Write(i);
                write(i, writer);
            }
        },
        reader =>
        {
            while (reader.BaseStream.Position < reader.BaseStream.Length)
                read(reader.ReadInt32(), reader);
        },
        everywhere: true);
}
