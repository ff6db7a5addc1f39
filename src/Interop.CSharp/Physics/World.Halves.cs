namespace MtrlFunctional.Physics;

/// <summary>Steps whose halves are separate, as DeepMind Control takes them.</summary>
public sealed unsafe partial class World
{
    /// <summary>As <see cref="Forward"/>, without the forces of actuators.</summary>
    /// <returns>Whether the numbers were sound.</returns>
    public StepOutcome ForwardPassive() => Done(Native.mtrl_forward_passive(Model.Handle, Taken), "evaluating the world");

    /// <summary>Evaluates the first half of a physics step: quantities that follow from positions and velocities.</summary>
    /// <returns>Whether the numbers were sound.</returns>
    public StepOutcome BeginStep() => Done(Native.mtrl_begin_step(Model.Handle, Taken), "evaluating the world");

    /// <summary>One control step in one native call: sets the controls, completes the physics step whose first half is evaluated,
    /// takes <paramref name="substeps"/> − 1 whole steps and evaluates the first half of the next. Numbers that follow from
    /// positions and velocities then belong to the new state; accelerations are one physics step older.</summary>
    /// <param name="control">Shape [nu].</param>
    /// <param name="substeps">At least 1.</param>
    /// <param name="readings">The quantities to read afterwards; made for this world.</param>
    /// <param name="into">Receives the readings; unchanged after an unstable step.</param>
    /// <returns><see cref="StepOutcome.Unstable"/> after any warning of the engine, also of full buffers.</returns>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public StepOutcome ControlStep(ReadOnlySpan<double> control, int substeps, Readings readings, Span<double> into)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(substeps, 1);
        CheckControl(control);
        readings.Check(this, into.Length);
        fixed (double* c = control, to = into)
        fixed (nint* sources = readings.Sources)
            return Done(Native.mtrl_control_step(Model.Handle, Taken, c, substeps, (double**)sources, readings.Count, to), "stepping");
    }
}
