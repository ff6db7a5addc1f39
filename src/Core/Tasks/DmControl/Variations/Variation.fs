namespace MtrlFunctional.Tasks.DmControl

open System.Globalization

/// An attribute of an element of an MJCF document, and its new value.
type internal ModelChange = {
    /// XPath below the root: "worldbody//geom[@name='cart']".
    Element: string
    Attribute: string
    Value: string
}

/// An MJCF document.
type internal ModelSource = {
    /// Name of the file without extension.
    File: string
    /// To be made before it is compiled, in order.
    Changes: ModelChange list
}

/// Ten models of a domain that differ in one physical parameter.
///
/// A variant is a change of the document, not of the compiled model: masses, inertias, bounding radii and the
/// inverse weights of the constraint solver follow from lengths and radii when the document is compiled.
///
/// Source: Zhang et al. 2020, "Learning Robust State Abstractions for Hidden-Parameter Block MDPs",
/// arXiv:2007.07206; values: MTEnv's local copy of the suite.
[<NoEquality; NoComparison>]
type Variation = internal {
    /// Domain, and its plain model: "cheetah".
    Domain: string
    /// The parameter: "torso_length".
    Family: string
    /// One sentence: what changes.
    Description: string
    /// Whether the variants differ in their observations only.
    SameDynamics: bool
    /// Changes of variant 1 to 10.
    Changes: int -> ModelChange list
}

/// Names and changes of variants.
module internal Variation =
    /// Variants of a family.
    [<CompiledName("Count")>]
    let count = 10

    /// The value with exact decimals, as an attribute holds it.
    let number (value: decimal) =
        value.ToString CultureInfo.InvariantCulture

    /// Numbers of an attribute.
    let numbers values =
        values |> List.map number |> String.concat " "

    let change element attribute value = { Element = element; Attribute = attribute; Value = value }

    let ofGeom name attribute values =
        change $"worldbody//geom[@name='{name}']" attribute (numbers values)

    /// What results on the variants must be read with, if anything.
    [<CompiledName("Caveat")>]
    let caveat variation =
        if variation.SameDynamics then
            Some
                $"The {count} variants of {variation.Domain} by {variation.Family} have identical dynamics; they differ in the observations of touch only."
        else
            None

    /// Name of the model of a variant: "cheetah-torso_length-3".
    [<CompiledName("ModelName")>]
    let modelName variation index =
        $"{variation.Domain}-{variation.Family}-{index}"

    /// A task on the model of a variant: "cheetah-run-torso_length-3".
    /// An ArgumentException for an index outside 1 to 10 or a task with another model.
    [<CompiledName("Apply")>]
    let apply variation index (task: DmControlTask) =
        if index < 1 || index > count then
            invalidArg
                (nameof index)
                $"Variant {index} of {variation.Family}: must be in 1 to {count}."

        if task.Domain.Model <> variation.Domain then
            invalidArg
                (nameof task)
                $"{variation.Family} varies {variation.Domain}, the model of {task.Name} is {task.Domain.Model}."

        {
            task with
                Domain.Model = modelName variation index
                Name = $"{task.Name}-{variation.Family}-{index}"
                Description =
                    $"{task.Description} {variation.Description} Variant {index} of {count}."
        }
