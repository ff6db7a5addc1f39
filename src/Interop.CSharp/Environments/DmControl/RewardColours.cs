namespace MtrlFunctional.Environments;

/// <summary>Shows the reward by the colours of robot and target, as <c>visualize_reward</c> of dm_control does: materials change
/// from their default to their highlight with reward⁴, so that high rewards differ most.</summary>
internal sealed class RewardColours
{
    private const int Channels = 4;

    private readonly Model _model;
    private readonly (int Shown, int Default, int Highlight)[] _materials;

    /// <summary>Finds the materials.</summary>
    /// <param name="model">A model whose <c>mat_rgba</c> is not shared.</param>
    /// <exception cref="PhysicsException">A material is missing.</exception>
    internal RewardColours(Model model)
    {
        _model = model;
        _materials = [.. new[] { "self", "effector", "target" }.Select(
            name => (Find(name), Find($"{name}_default"), Find($"{name}_highlight")))];
        int Find(string name) => Channels * model.Id(ElementKind.Material, name);
    }

    /// <summary>Sets the colours of the reward of one control step, clamped to [0, 1].</summary>
    internal void Show(double reward)
    {
        var blend = Math.Pow(Math.Clamp(reward, 0, 1), 4);
        var colours = _model.Floats("mat_rgba");
        foreach (var (shown, @default, highlight) in _materials)
            for (var i = 0; i < Channels; i++)
                colours[shown + i] = (float)((blend * colours[highlight + i]) + ((1 - blend) * colours[@default + i]));
    }
}
