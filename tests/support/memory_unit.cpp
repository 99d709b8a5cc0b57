#include "support/memory_unit.hpp"

#include "error.hpp"

namespace spine::test {

unit::RowSink& MemoryUnit::replace(std::string_view dataset,
                                   unit::Rowset rowset,
                                   const std::vector<std::string>& columns) {
    const auto found = datasets.find(std::string{dataset});
    if (found == datasets.end())
        throw Error{ErrorCode::invalid, "dataset '" + std::string{dataset} + "' is not declared"};
    std::vector<workflow::Column> chosen;
    for (const auto& name : columns) {
        const auto* column = found->second.find(name);
        if (column == nullptr)
            throw Error{ErrorCode::invalid, "there is no column '" + name + "'"};
        chosen.push_back(*column);
    }
    replaced.push_back({std::string{dataset}, rowset, std::make_unique<MemorySink>(chosen)});
    return *replaced.back().sink;
}

} // namespace spine::test
