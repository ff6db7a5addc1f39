using static TorchSharp.torch;

namespace MtrlFunctional.Tests;

/// <summary>One transition, copied out of a replay; of pictures, bytes as numbers.</summary>
internal sealed record Transition(float[] Obs, float[] Action, float Reward, float[] NextObs, bool Terminal);

/// <summary>A row of a batch: its transition, the columns of the task behind both observations, and its weight.</summary>
internal sealed record BatchRow(Transition Transition, float[] Id, float[] NextId, float Weight);

/// <summary>Numbers of a replay as arrays.</summary>
internal static class ReplayContents
{
    /// <summary>All transitions of a task that can be drawn, oldest first.</summary>
    internal static Transition[] Transitions(this TaskReplay replay, int task, bool linkEpisodes = false)
    {
        var all = new ReplayDraw([.. replay.Rings.Select(ring => ring.Transitions().ToArray())], linkEpisodes);
        return [.. replay.Batch(all)[task].Take(replay.CountOf(task)).Select(row => row.Transition)];
    }

    /// <summary>The rows of each task that a draw has.</summary>
    internal static BatchRow[][] Batch(this TaskReplay replay, ReplayDraw draw, bool withTask = false, RandomShift? shift = null)
    {
        using var scope = torch.NewDisposeScope();
        Tensor[] Read()
        {
            var read = replay.Read(draw, withTask, shift);
            return [read.Obs, read.Action, read.Reward, read.NextObs, read.Terminal, read.Weight];
        }

        // Memory that is used again has a mark that must be overwritten.
        foreach (var part in Read())
            using (part)
                part.fill_(77);
        var tensors = Read();
        var parts = Array.ConvertAll(tensors, part => part.to_type(ScalarType.Float32).ToFloats());
        int Width(int part) => parts[part].Length / parts[5].Length;
        var own = replay.Shape.Width;
        BatchRow Of(int row)
        {
            float[] Numbers(int part) => parts[part].AsSpan(row * Width(part), Width(part)).ToArray();
            var (obs, next) = (Numbers(0), Numbers(3));
            var transition = new Transition(obs[..own], Numbers(1), parts[2][row], next[..own], parts[4][row] == 1f);
            return new BatchRow(transition, obs[own..], next[own..], parts[5][row]);
        }

        return [.. Enumerable.Range(0, parts[5].Length).Select(Of).Chunk((int)tensors[5].shape[1])];
    }
}
