#include "pipelines/source_file.hpp"

#include "pipelines/partition.hpp"

#include <algorithm>

namespace finra {

std::string file_of(std::string_view pattern, Tier tier, Date week) {
    std::string file;
    while (!pattern.empty()) {
        const std::size_t open = pattern.find('{');
        file += pattern.substr(0, open);
        if (open == std::string_view::npos)
            break;
        pattern.remove_prefix(open + 1);
        const std::size_t close = pattern.find('}');
        const std::string_view placeholder = pattern.substr(0, std::min(close, pattern.size()));
        if (close != std::string_view::npos && placeholder == "week")
            file += iso(week);
        else if (close != std::string_view::npos && placeholder == "tier")
            file += name(tier);
        else if (close != std::string_view::npos && placeholder == "tier_file")
            file += file_name(tier);
        else if (close != std::string_view::npos && placeholder == "published")
            file += compact(week + 3);
        else
            throw error(SPINE_INVALID_ARG,
                        "file_pattern: '{" + std::string(placeholder) + "}' is no placeholder",
                        "there are {week}, {tier}, {tier_file} and {published}");
        pattern.remove_prefix(close + 1);
    }
    return file;
}

std::string in_folder(std::string_view folder, const std::string& file) {
    std::string path(folder);
    if (!path.empty() && path.back() != '/')
        path += '/';
    return path + file;
}

} // namespace finra
